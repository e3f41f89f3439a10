"""Binance: aggTrades forwards from a time, then by id; `m` true means that the seller took."""

from assets.landing.venues.venue import Venue

BINANCE = Venue(
    name="binance",
    exchange="binance",
    page_limit=1000,
    first=lambda start, end: {"startTime": start},
    following=lambda page: {"fromId": int(page[-1]["id"]) + 1},
    contiguous_ids=True,
    id_prefix="a",
)
