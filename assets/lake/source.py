"""Where a reader finds a table's rows: in the lake, or in a process's memory."""

from collections.abc import Callable
from datetime import datetime

from assets.lake.connection import ALIAS

Source = Callable[[str, datetime], str]
"""Returns the relation that contains a table's rows from a time on."""


def in_lake(table: str, since: datetime) -> str:
    """The table of the lake itself, with all of its rows."""
    return f"{ALIAS}.{table}"
