"""OKX: backwards, from a time (type 2) and then by id (type 1); `side` is the taker's."""

from assets.landing.venues.venue import Venue

HISTORY = {"method": "publicGetMarketHistoryTrades"}

OKX = Venue(
    name="okx",
    exchange="okx",
    page_limit=100,
    first=lambda start, end: {**HISTORY, "type": "2", "after": str(end)},
    following=lambda page: {**HISTORY, "type": "1", "after": page[0]["id"]},
    newest_first=True,
    rising_ids=True,
    # without an account the channel sends one taker's fills at one price as one trade
    live_count_field="count",
    options={"fetchMarkets": {"types": ["spot"]}},
)
