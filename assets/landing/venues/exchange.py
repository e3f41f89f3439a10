"""ccxt's client of a venue: with its rate limit, and numbers as the venue wrote them."""

from typing import Any

from assets.landing.venues.venue import Venue

WAITING_TRADES = 10_000
"""How many live trades of a symbol may wait while a gap before them is filled."""


def open_exchange(venue: Venue, url: str | None = None, *, live: bool = False) -> Any:
    """The blocking client for pages, or ccxt.pro's for live trades; `url` is a mirror of both."""
    import ccxt
    import ccxt.pro

    options = {"tradesLimit": WAITING_TRADES, **(venue.options or {})}
    configuration = {"enableRateLimit": True, "options": options}
    exchange = getattr(ccxt.pro if live else ccxt, venue.exchange)(configuration)
    exchange.number = str
    # pages are sorted later; ccxt's own sorting fails on a trade without a time
    exchange.sort_by_2 = lambda trades, *_: list(trades)
    if url is not None:
        exchange.urls["api"] = moved(exchange.urls["api"], url.rstrip("/"))
    return exchange


def moved(urls: Any, base: str) -> Any:
    """The urls with another scheme and host; a websocket's stays a websocket's."""
    if isinstance(urls, dict):
        return {name: moved(url, base) for name, url in urls.items()}
    scheme, _, rest = urls.partition("://")
    place = base.replace("http", "ws", 1) if scheme == "wss" else base
    return place + "".join(rest.partition("/")[1:])
