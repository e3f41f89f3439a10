"""Fetch a symbol's trades of a window page by page; each page lands before the next is asked."""

import hashlib
import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import ccxt
import pyarrow as pa
import pyarrow.parquet as pq

from assets.landing.importer import land_file
from assets.landing.venues.venue import Trade, Venue
from orchestration.object_store import ObjectStore

ATTEMPTS = 6
FIELDS = ("id", "timestamp", "datetime", "symbol", "side", "price", "amount")


class FetchError(Exception):
    """A venue could not be fetched; what has landed stays and the same command goes on there."""


@dataclass
class Fetched:
    """What a fetch did; a gap is the ids (first missing, last missing)."""

    pages: int = 0
    trades: int = 0
    gaps: list[tuple[int, int]] = field(default_factory=list)
    objects: list[str] = field(default_factory=list)
    resumed: bool = False
    complete: bool = True
    """False where the venue no longer serves the window's beginning."""


def open_exchange(venue: Venue, url: str | None = None) -> Any:
    """ccxt's exchange with its own rate limit, numbers as text; `url` is a mirror of its REST."""
    exchange = getattr(ccxt, venue.exchange)({"enableRateLimit": True})
    exchange.number = str
    if url is not None:
        exchange.urls["api"] = _moved(exchange.urls["api"], url)
    return exchange


def backfill(
    venue: Venue,
    exchange: Any,
    symbol: str,
    window: tuple[int, int],
    store: ObjectStore,
    checkpoint: Path,
    *,
    progress: Callable[[Fetched], None] = lambda fetched: None,
    sleep: Callable[[float], None] = time.sleep,
) -> Fetched:
    """Land the trades of `BTC-USDT` in [from, to) ms; goes on at `checkpoint` if it exists.

    Raises FetchError after 6 failed attempts at one page.
    """
    start, end = window
    fetched = Fetched()
    parameters: dict[str, Any] | None = venue.first(start, end)
    edge: int | None = None
    if checkpoint.exists():
        state = json.loads(checkpoint.read_text())
        parameters, edge = state["parameters"], state["edge"]
        fetched = Fetched(**state["fetched"] | {"resumed": True})
        fetched.gaps = [(first, last) for first, last in fetched.gaps]
    while parameters is not None:
        answer = _page(venue, exchange, symbol, parameters, sleep)
        page = [trade for trade in answer if trade["timestamp"] is not None and trade["id"]]
        unreadable = [trade for trade in answer if trade["timestamp"] is None or not trade["id"]]
        fetched.pages += 1
        if not page:
            # nothing to page on by; what cannot be read lands all the same
            if unreadable:
                fetched.trades += len(unreadable)
                fetched.objects += _land(venue, unreadable, symbol, store)
            break
        # a page's edge may show its last trades again, and venues repeat and shuffle
        inside = [trade for trade in page if start <= trade["timestamp"] < end]
        if venue.contiguous_ids:
            gaps, edge = missing([int(trade["id"]) for trade in page], edge, venue.newest_first)
            fetched.gaps += gaps
        # what cannot be read lands too, with its error, and goes to quarantine
        inside += unreadable
        if inside:
            fetched.trades += len(inside)
            fetched.objects += _land(venue, inside, symbol, store)
        reached = (
            page[0]["timestamp"] < start if venue.newest_first else (page[-1]["timestamp"] >= end)
        )
        following = venue.following(page) if venue.following and not reached else None
        if venue.following is None:
            fetched.complete = page[0]["timestamp"] <= start
        parameters = None if following == parameters else following
        _remember(checkpoint, parameters, edge, fetched)
        progress(fetched)
    if fetched.gaps:
        fetched.objects.append(_land_gaps(venue, symbol, window, fetched.gaps, store))
    checkpoint.unlink(missing_ok=True)
    return fetched


def missing(
    ids: list[int], edge: int | None, newest_first: bool
) -> tuple[list[tuple[int, int]], int]:
    """The ids missing in a page and between it and its neighbour's edge; and its own edge."""
    known: list[int] = sorted(set(ids) | ({edge} if edge is not None else set[int]()))
    gaps = [(left + 1, right - 1) for left, right in pairwise(known) if right - left > 1]
    return gaps, known[0] if newest_first else known[-1]


def _page(
    venue: Venue,
    exchange: Any,
    symbol: str,
    parameters: dict[str, Any],
    sleep: Callable[[float], None],
) -> list[Trade]:
    """One page by rising time, each id once; tries again with doubled waits."""
    for attempt in range(ATTEMPTS):
        try:
            trades = exchange.fetch_trades(
                symbol.replace("-", "/"), None, venue.page_limit, dict(parameters)
            )
        except ccxt.BadSymbol as error:
            raise FetchError(f"{venue.name} does not list {symbol}: {error}") from None
        except (ccxt.NetworkError, ccxt.BadResponse, ccxt.ExchangeNotAvailable) as error:
            if attempt + 1 == ATTEMPTS:
                raise FetchError(
                    f"{venue.name} {symbol}: {ATTEMPTS} attempts failed, the last with "
                    f"{type(error).__name__}: {error}; run the same command to go on"
                ) from error
            sleep(2.0**attempt)
        else:
            for trade in trades:
                if trade["id"] is None and venue.id_field is not None:
                    trade["id"] = trade["info"].get(venue.id_field)
            once = {json.dumps(trade["info"], sort_keys=True): trade for trade in trades}
            return sorted(once.values(), key=_order)
    raise AssertionError("unreachable")


def _order(trade: Trade) -> tuple[int, int, str]:
    identity = trade["id"] or ""
    return (trade["timestamp"] or 0, len(identity), identity)


def _land(venue: Venue, page: list[Trade], symbol: str, store: ObjectStore) -> list[str]:
    columns = {
        name: [None if trade[name] is None else str(trade[name]) for trade in page]
        for name in FIELDS
    }
    columns["id"] = [trade["id"] and venue.id_prefix + trade["id"] for trade in page]
    columns["info"] = [json.dumps(trade["info"], sort_keys=True) for trade in page]
    table = pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})
    with tempfile.TemporaryDirectory(prefix="fetch-") as folder:
        name = f"{venue.name}_{symbol}_{page[0]['id']}_{page[-1]['id']}.parquet"
        pq.write_table(table, path := Path(folder) / name)
        return list(land_file(path, store, venue=venue.name).objects)


def _land_gaps(
    venue: Venue,
    symbol: str,
    window: tuple[int, int],
    gaps: list[tuple[int, int]],
    store: ObjectStore,
) -> str:
    record = {"venue": venue.name, "symbol": symbol, "window_ms": window, "missing_ids": gaps}
    text = json.dumps(record, sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()[:32]
    key = f"landing/gaps/venue={venue.name}/{digest}.json"
    with tempfile.TemporaryDirectory(prefix="fetch-") as folder:
        (path := Path(folder) / "gaps.json").write_text(text)
        if not store.exists(key):
            store.put_new(key, path)
    return key


def _remember(
    checkpoint: Path, parameters: dict[str, Any] | None, edge: int | None, fetched: Fetched
) -> None:
    checkpoint.parent.mkdir(parents=True, exist_ok=True)
    unfinished = checkpoint.with_suffix(".new")
    state = {"parameters": parameters, "edge": edge, "fetched": vars(fetched)}
    unfinished.write_text(json.dumps(state))
    unfinished.replace(checkpoint)


def _moved(urls: Any, base: str) -> Any:
    """The urls with another scheme and host in front of their paths."""
    if isinstance(urls, dict):
        return {name: _moved(url, base) for name, url in urls.items()}
    _, _, rest = urls.partition("://")
    return base.rstrip("/") + "".join(rest.partition("/")[1:])
