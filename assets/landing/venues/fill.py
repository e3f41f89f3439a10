"""Fetch what a live stream missed from the venue's pages."""

import time
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from assets.landing.venues.gaps import Gap
from assets.landing.venues.paging import Sleep, fetch_page, is_through, unserved
from assets.landing.venues.venue import Trade, Venue

ASKED_AGAIN = 3
LAG_SECONDS = 1.0
"""A venue's pages may lag behind its stream."""


@dataclass(frozen=True)
class Filled:
    """The trades between two others, by time, and the part of the gap that is still open."""

    trades: list[Trade]
    open: Gap | None


def missed_between(
    venue: Venue, trades: list[Trade], *, was_cut: bool
) -> list[tuple[Trade, Trade]]:
    """Pairs of successive live trades between which trades are missing.

    Consecutive ids show gaps. Without consecutive ids only a cut connection does, between the first
    two trades: the last one before the cut and the first one after it.
    """
    if venue.contiguous_ids:
        neighbours = pairwise(sorted(trades, key=lambda trade: int(trade["id"])))
        return [
            (left, right) for left, right in neighbours if int(right["id"]) - int(left["id"]) > 1
        ]
    return [(trades[0], trades[1])] if was_cut and len(trades) > 1 else []


def fill(
    venue: Venue, exchange: Any, left: Trade, right: Trade, sleep: Sleep = time.sleep
) -> Filled:
    """Fetch the trades between two live trades; FetchError if the venue is unreachable."""
    for attempt in range(1, ASKED_AGAIN + 1):
        filled = _asked(venue, exchange, left, right, sleep)
        if filled.open is None or not venue.contiguous_ids or attempt == ASKED_AGAIN:
            return filled
        sleep(LAG_SECONDS)
    raise AssertionError("unreachable")


def _asked(venue: Venue, exchange: Any, left: Trade, right: Trade, sleep: Sleep) -> Filled:
    window = (left["timestamp"], max(right["timestamp"], left["timestamp"]) + 1)
    parameters = venue.first(*window)
    found: dict[str, Trade] = {}
    until = None
    while parameters is not None:
        page = fetch_page(venue, exchange, left["symbol"], parameters, sleep)
        found |= {
            trade["id"]: trade
            for trade in page.trades
            if window[0] <= trade["timestamp"] < window[1]
            and _is_between(venue, trade, left, right)
        }
        until = unserved(venue, page, window, int(time.time() * 1000))
        parameters = None if is_through(venue, page, window) else page.following
    trades = sorted(found.values(), key=lambda t: (t["timestamp"], len(t["id"]), t["id"]))
    if venue.contiguous_ids:
        first, last = int(left["id"]) + 1, int(right["id"]) - 1
        is_whole = len(trades) == last - first + 1
        return Filled(trades, None if is_whole else Gap(*window, first, last))
    return Filled(trades, None if until is None else Gap(window[0], until))


def _is_between(venue: Venue, trade: Trade, left: Trade, right: Trade) -> bool:
    if not (venue.contiguous_ids or venue.rising_ids):
        return trade["id"] not in {left["id"], right["id"]}
    count = right["info"].get(venue.live_count_field) if venue.live_count_field else None
    return int(left["id"]) < int(trade["id"]) <= int(right["id"]) - int(count or 1)
