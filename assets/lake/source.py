"""Where a reader finds a table's rows: in the lake, or in what a process holds of it in memory."""

from collections.abc import Callable
from datetime import datetime

from assets.lake.lake import ALIAS

Source = Callable[[str, datetime], str]
"""Names the relation that holds a table's rows from a time on."""


def in_lake(table: str, since: datetime) -> str:
    """The table of the lake itself, which holds all of its rows."""
    return f"{ALIAS}.{table}"
