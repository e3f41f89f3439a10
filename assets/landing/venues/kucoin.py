"""KuCoin: the newest 100 trades only, times in nanoseconds; `side` is the taker's."""

from assets.landing.venues.venue import Venue

KUCOIN = Venue(
    name="kucoin",
    exchange="kucoin",
    page_limit=None,
    first=lambda start, end: {},
    following=None,
    # public trades have no id, but a sequence number of their own
    id_field="sequence",
)
