"""Kraken: forwards by a time in nanoseconds, which ends each answer as `last`."""

from assets.landing.venues.venue import Venue

KRAKEN = Venue(
    name="kraken",
    exchange="kraken",
    page_limit=1000,
    first=lambda start, end: {"since": str(start * 1_000_000)},
    # ccxt puts the answer's `last` behind the fields of the last trade
    following=lambda page: {"since": page[-1]["info"][-1]},
    contiguous_ids=True,
)
