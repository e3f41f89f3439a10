"""Fetch a symbol's trades of a window page by page; each page lands before the next request."""

import hashlib
import re
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from assets.lake.objects.object_store import ObjectStore
from assets.landing.files.importer import land_file
from assets.landing.venues.checkpoint import Checkpoint, Fetched, read_checkpoint
from assets.landing.venues.gaps import Gap, gaps_in, land_gaps
from assets.landing.venues.paging import Page, Sleep, fetch_page, is_through, unserved
from assets.landing.venues.seek import first_parameters
from assets.landing.venues.venue import Row, Trade, Venue

Window = tuple[int, int]
ID_IN_NAME = re.compile(r"[A-Za-z0-9-]{1,64}")
Progress = Callable[[Fetched, float], None]


def backfill(
    venue: Venue,
    exchange: Any,
    symbol: str,
    window: Window,
    store: ObjectStore,
    path: Path,
    *,
    progress: Progress = lambda fetched, share: None,
    sleep: Sleep = time.sleep,
    now: Callable[[], float] = time.time,
) -> Fetched:
    """Land the trades of `BTC-USDT` in [from, to), milliseconds UTC.

    Resumes the checkpoint at `path`, with the checkpoint's window. A window that has landed without
    a gap is not fetched again. `progress` gets the finished share of the window after each page.
    Raises FetchError after 6 failed attempts at one page.
    """
    state = _found(window, store, path)
    if state is None:
        state = Checkpoint(window, first_parameters(venue, exchange, symbol, window, sleep))
        state.write(path)
    fetched = state.fetched
    while state.parameters is not None:
        page = fetch_page(venue, exchange, symbol, state.parameters, sleep)
        gaps = _gaps(venue, page, state, int(now() * 1000))
        seen = set(state.last_ids)
        start, end = state.window
        inside = [
            trade
            for trade in page.trades
            if start <= trade["timestamp"] < end and trade["id"] not in seen
        ]
        fetched.pages += 1
        fetched.trades += len(inside)
        fetched.quantity = str(Decimal(fetched.quantity) + _quantity(inside))
        fetched.unreadable += len(page.unreadable)
        fetched.gaps += gaps
        if rows := inside + page.unreadable:
            fetched.objects += _land(venue, rows, symbol, store)
        fetched.objects += land_gaps(venue, symbol, gaps, state.window, store)
        state.last_ids = [trade["id"] for trade in page.trades]
        state.parameters = None if is_through(venue, page, state.window) else page.following
        state.write(path)
        progress(fetched, _share(venue, page, state.window))
    if fetched.gaps:
        path.unlink()
    return fetched


def _found(window: Window, store: ObjectStore, path: Path) -> Checkpoint | None:
    found = read_checkpoint(path)
    if (
        found is None
        or (found.parameters is None and found.window != window)
        or not all(map(store.exists, found.fetched.objects))
    ):
        return None
    found.fetched.resumed = True
    return found


def _gaps(venue: Venue, page: Page, state: Checkpoint, now_ms: int) -> list[Gap]:
    """The gaps in this page or before it; stores the page's edge."""
    start, end = state.window
    until = unserved(venue, page, state.window, now_ms)
    if until is not None:
        return [Gap(start, until)]
    if venue.newest_first:
        if page.trades:
            state.reached = page.trades[0]["timestamp"]
        elif (reached := min(state.reached or end, end)) > start:
            return [Gap(start, reached)]
    if not venue.contiguous_ids or not page.trades:
        return []
    gaps, ends = gaps_in(page.trades, state.edge, state.window)
    state.edge = ends[0] if venue.newest_first else ends[-1]
    return gaps


def _quantity(trades: list[Trade]) -> Decimal:
    """The sum of the amounts; one that is no number is quarantined later, and adds nothing here."""
    total = Decimal(0)
    for trade in trades:
        with suppress(InvalidOperation, TypeError):
            amount = Decimal(trade["amount"])
            total += amount if amount.is_finite() else 0
    return total


def _share(venue: Venue, page: Page, window: Window) -> float:
    if not page.trades or page.following is None:
        return 1.0
    start, end = window
    reached = page.trades[0 if venue.newest_first else -1]["timestamp"]
    share = (end - reached if venue.newest_first else reached - start) / (end - start)
    return min(max(share, 0.0), 1.0)


def _land(venue: Venue, trades: list[Trade], symbol: str, store: ObjectStore) -> list[str]:
    rows = [venue.row(trade) for trade in trades]
    columns = {name: pa.array(_texts(rows, name), pa.string()) for name in rows[0]}
    first, last = (_in_name(str(trade["id"])) for trade in (trades[0], trades[-1]))
    with tempfile.TemporaryDirectory(prefix="fetch-") as folder:
        # the name identifies the page by its ids, because it is a column of every row
        path = Path(folder) / f"{venue.name}_{_in_name(symbol)}_{first}_{last}.parquet"
        pq.write_table(pa.table(columns), path)
        return list(land_file(path, store, venue=venue.name).objects)


def _texts(rows: list[Row], name: str) -> list[str | None]:
    """A field of the rows; half a letter (a lone surrogate), which no file holds, is escaped."""
    return [
        None if (text := row[name]) is None else text.encode(errors="backslashreplace").decode()
        for row in rows
    ]


def _in_name(identity: str) -> str:
    """An id as part of a file's name: another venue's may hold a slash, or be any length."""
    if ID_IN_NAME.fullmatch(identity):
        return identity
    return hashlib.sha256(identity.encode(errors="backslashreplace")).hexdigest()[:16]
