"""What tells one venue's public trades from another's: its pages, its ids, its limits."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Trade = dict[str, Any]
"""A trade as ccxt unifies it, numbers as text, with the venue's own fields in `info`."""
Parameters = dict[str, Any]


@dataclass(frozen=True)
class Venue:
    """One venue; `name` is ours, `exchange` is ccxt's."""

    name: str
    exchange: str
    page_limit: int | None
    first: Callable[[int, int], Parameters]
    """Parameters of the first page of a window [from, to) in ms."""
    following: Callable[[list[Trade]], Parameters | None] | None
    """Parameters of the page after this one; None where the venue serves recent trades only."""
    newest_first: bool = False
    """Pages go back in time."""
    contiguous_ids: bool = False
    """A symbol's ids follow each other by one, so a missing one is a missing trade."""
    id_field: str | None = None
    """The venue's field that names a trade where ccxt finds no id."""
    id_prefix: str = ""
    """Keeps the ids of aggregates apart from those of single trades."""
