"""ccxt's client of a venue: with its rate limit, numbers as the venue wrote them."""

from typing import Any

from assets.landing.venues.venue import Venue

WAITING_TRADES = 10_000
"""Live trades of a symbol that may wait while a gap before them is filled."""


def open_exchange(venue: Venue, url: str | None = None, *, live: bool = False) -> Any:
    """The blocking client for pages, or ccxt.pro's for live trades; `url` is a mirror of both."""
    import ccxt
    import ccxt.pro

    options = {"tradesLimit": WAITING_TRADES, **(venue.options or {})}
    configuration = {"enableRateLimit": True, "options": options}
    exchange = getattr(ccxt.pro if live else ccxt, venue.exchange)(configuration)
    exchange.number = str
    # pages are ordered later; ccxt's way to order them breaks on one trade without a time
    exchange.sort_by_2 = lambda trades, *_: list(trades)
    if url is not None:
        exchange.urls["api"] = _moved(exchange.urls["api"], url.rstrip("/"))
    return exchange


def _moved(urls: Any, base: str) -> Any:
    """The urls with another scheme and host in front of their paths; a socket stays a socket."""
    if isinstance(urls, dict):
        return {name: _moved(url, base) for name, url in urls.items()}
    scheme, _, rest = urls.partition("://")
    place = base.replace("http", "ws", 1) if scheme == "wss" else base
    return place + "".join(rest.partition("/")[1:])
