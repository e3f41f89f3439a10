"""KuCoin: the newest 100 trades only, times in nanoseconds; `side` is the taker's."""

from assets.landing.venues.venue import Venue

KUCOIN = Venue(
    name="kucoin",
    exchange="kucoin",
    page_limit=100,
    first=lambda start, end: {},
    following=None,
    # a page has no trade ids, but sequence numbers, which live trades have too
    id_field="sequence",
    nanoseconds_field="time",
    options={"fetchMarkets": {"types": ["spot"], "fetchTickersFees": False}},
)
