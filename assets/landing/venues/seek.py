"""Find a window's end in a history that is paged backwards by id only, by bisection."""

from typing import Any

from assets.landing.venues.paging import Sleep, fetch_page
from assets.landing.venues.venue import Parameters, Venue


def first_parameters(
    venue: Venue, exchange: Any, symbol: str, window: tuple[int, int], sleep: Sleep
) -> Parameters:
    """Parameters of a window's first page; they return the same page at any time."""
    first = venue.first(*window)
    if venue.before_id is None:
        return first
    newest = fetch_page(venue, exchange, symbol, first, sleep).trades
    if not newest:
        return first
    _, end = window
    if newest[0]["timestamp"] < end:
        return venue.before_id(int(newest[-1]["id"]) + 1)
    # every trade from `high` on is too late, none below `low` is
    low, high = 0, int(newest[0]["id"])
    while high - low > (venue.page_limit or 1):
        middle = (low + high) // 2
        earlier = fetch_page(venue, exchange, symbol, venue.before_id(middle), sleep).trades
        if earlier and earlier[-1]["timestamp"] >= end:
            high = middle
        else:
            low = middle
    return venue.before_id(high)
