"""Coinbase: backwards by id from the newest trade; `side` is the maker's, ccxt turns it."""

from assets.landing.venues.venue import Venue

COINBASE = Venue(
    name="coinbase",
    exchange="coinbaseexchange",
    page_limit=1000,
    first=lambda start, end: {},
    following=lambda page: {"after": page[0]["id"]},
    newest_first=True,
    contiguous_ids=True,
)
