"""What a venue trades, as ccxt describes it."""

from typing import Any

import ccxt

from assets.lake.settings import SettingsError
from assets.landing.venues.exchange import moved
from assets.landing.venues.paging import MALFORMED, FetchError

CCXT_NAMES = {
    "binance_usdm": "binanceusdm",
    "binance_coinm": "binancecoinm",
    "bybit_derivatives": "bybit",
    "gate_derivatives": "gate",
}
"""Our venues that ccxt calls otherwise."""
LONGEST_ANSWER = 300
"""How much of a venue's answer is quoted: a proxy answers with a whole page."""


def described_markets(venue: str, url: str | None = None) -> list[dict[str, Any]]:
    """Every market of any venue that ccxt knows; `url` is a mirror. FetchError with the cause."""
    exchange = _open(venue, url)
    try:
        markets = exchange.load_markets()
    except ccxt.NetworkError as error:
        raise FetchError(
            f"{venue} cannot be reached: {_quoted(error)} ({_quoted(_root(error))}); check the "
            "network and TAPEWATCH_VENUE_URLS, then run the same command"
        ) from error
    except (ccxt.BaseError, *MALFORMED) as error:
        raise FetchError(
            f"{venue} did not say what it trades: {type(error).__name__}: {_quoted(error)}; check "
            "whether it serves this country, and whether TAPEWATCH_VENUE_URLS names its mirror"
        ) from error
    # of an answer in other words ccxt makes markets without a name, or none
    named = [market for market in markets.values() if market["id"] and market["type"]]
    if not named:
        raise FetchError(
            f"{venue} named no market; its last answer begins with "
            f"{_cut(str(exchange.last_http_response))!r}; its earlier descriptions stay, run the "
            "same command later"
        )
    return named


def _open(venue: str, url: str | None) -> Any:
    name = CCXT_NAMES.get(venue, venue)
    if name not in ccxt.exchanges:
        known = ", ".join(sorted({*ccxt.exchanges, *CCXT_NAMES}))
        raise SettingsError(f"the venue is one of {known}, was {venue!r}")
    exchange = getattr(ccxt, name)({"enableRateLimit": True})
    if url is not None:
        exchange.urls["api"] = moved(exchange.urls["api"], url.rstrip("/"))
    return exchange


def _root(error: BaseException) -> BaseException:
    """The innermost cause: of an unreachable host, what the system says of it."""
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    return error


def _quoted(error: BaseException) -> str:
    return _cut(str(error))


def _cut(text: str) -> str:
    """A text on one line, cut."""
    words = " ".join(text.split())
    return words if len(words) <= LONGEST_ANSWER else words[:LONGEST_ANSWER] + "…"
