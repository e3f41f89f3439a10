"""Bitstamp: the trades of the last day only, times in seconds; type 0 is a buy, 1 a sale."""

from assets.landing.venues.venue import Venue

BITSTAMP = Venue(
    name="bitstamp",
    exchange="bitstamp",
    first=lambda start, end: {"time": "day"},
    following=None,
    serves_ms=86_400_000,
)
