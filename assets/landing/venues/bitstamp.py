"""Bitstamp: the trades of the last day only, times in seconds; type 0 is a buy, 1 a sale."""

from assets.landing.venues.venue import Venue

BITSTAMP = Venue(
    name="bitstamp",
    exchange="bitstamp",
    page_limit=None,
    first=lambda start, end: {"time": "day"},
    following=None,
)
