"""Bybit: the newest 60 spot trades only; `side` is the taker's."""

from assets.landing.venues.venue import Venue

BYBIT = Venue(
    name="bybit",
    exchange="bybit",
    page_limit=60,
    first=lambda start, end: {},
    following=None,
    options={"fetchMarkets": {"types": ["spot"]}},
)
