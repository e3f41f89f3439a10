"""How one venue's public trades differ from another's: its pages, its ids, its limits."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Trade = dict[str, Any]
"""A trade as ccxt unifies it, numbers as text, with the venue's own fields in `info`."""
Parameters = dict[str, Any]
Row = dict[str, str | None]
"""A landed row: the fields of its format by their landed names, as text."""

UNIFIED = ("id", "timestamp", "datetime", "symbol", "side", "price", "amount")


def unified_row(trade: Trade) -> Row:
    """The row of a trade in format `ccxt`, with the venue's own fields beside."""
    row = {name: None if trade[name] is None else str(trade[name]) for name in UNIFIED}
    return row | {"info": json.dumps(trade["info"], sort_keys=True)}


@dataclass(frozen=True)
class Venue:
    """One venue; `name` is ours, `exchange` is ccxt's. Times are milliseconds since 1970, UTC."""

    name: str
    exchange: str
    first: Callable[[int, int], Parameters]
    """Parameters of the first page of a window [from, to)."""
    following: Callable[[list[Trade]], Parameters | None] | None
    """Parameters of the next page; None if the venue serves recent trades only."""
    before_id: Callable[[int], Parameters] | None = None
    """Parameters of the page before an id, for a venue that accepts no time."""
    page_limit: int | None = None
    newest_first: bool = False
    """Pages go back in time."""
    contiguous_ids: bool = False
    """A symbol's ids are consecutive, so a missing id is a missing trade."""
    rising_ids: bool = False
    """A symbol's ids rise, though not by one."""
    live_count_field: str | None = None
    """The field of a live trade with the number of trades that it aggregates, up to its id."""
    id_field: str | None = None
    """The venue's field of a trade's id in pages and live, if ccxt uses another."""
    nanoseconds_field: str | None = None
    """The venue's field of the time, if ccxt rounds it wrongly."""
    id_prefix: str = ""
    """The prefix of an id in core, which distinguishes it from other ids of the venue."""
    info: type = dict
    """The landed row of a trade."""
    format: str = "ccxt"
    """The landing format of `row`."""
    row: Callable[[Trade], Row] = unified_row
    serves_ms: int | None = None
    """How far back the venue serves trades; None if the limit is not one of time."""
    options: Mapping[str, Any] | None = None
    """Options of ccxt: spot markets only, the right channel."""
