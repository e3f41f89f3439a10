"""Kraken: forwards by a time in nanoseconds, which each answer gives as `last`."""

from assets.landing.venues.venue import Parameters, Trade, Venue

FIELDS = 7


def _since_last(page: list[Trade]) -> Parameters | None:
    # ccxt appends the answer's `last` to the fields of the last trade
    last = [trade["info"][FIELDS] for trade in page if len(trade["info"]) > FIELDS]
    return {"since": last[0]} if last else None


KRAKEN = Venue(
    name="kraken",
    exchange="kraken",
    page_limit=1000,
    first=lambda start, end: {"since": str(start * 1_000_000)},
    following=_since_last,
    contiguous_ids=True,
    info=list,
)
