"""Coinbase: backwards by id from the newest trade; `side` is the maker's, ccxt inverts it."""

from assets.landing.venues.venue import Parameters, Venue


def _before(number: int) -> Parameters:
    return {"after": str(number)}


COINBASE = Venue(
    name="coinbase",
    exchange="coinbaseexchange",
    page_limit=1000,
    first=lambda start, end: {},
    following=lambda page: _before(int(page[0]["id"])),
    before_id=_before,
    newest_first=True,
    contiguous_ids=True,
)
