"""A venue's trades page by page, by time, each once; temporary faults are retried."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ccxt

from assets.landing.venues.venue import Parameters, Trade, Venue

log = logging.getLogger("tapewatch.fetch")
ATTEMPTS = 6
LONGEST_WAIT_SECONDS = 300.0
# errors of ccxt's parsers on a malformed answer
MALFORMED = (AttributeError, IndexError, KeyError, TypeError, ValueError)

Sleep = Callable[[float], None]


class FetchError(Exception):
    """A venue could not be fetched; what has landed stays, and the same command resumes."""


class RefusedError(FetchError):
    """The venue refused, and would refuse again."""


@dataclass(frozen=True)
class Page:
    """One answer; trades without a time or a usable id are separate."""

    trades: list[Trade]
    unreadable: list[Trade]
    following: Parameters | None
    """None if the venue has no page after this one."""


def fetch_page(
    venue: Venue,
    exchange: Any,
    symbol: str,
    parameters: Parameters,
    sleep: Sleep = time.sleep,
) -> Page:
    """One page of `BTC-USDT`; FetchError after 6 attempts, each wait twice as long."""
    answer = _answer(venue, exchange, symbol, parameters, sleep)
    for trade in answer:
        as_ours(venue, symbol, trade)
    # venues repeat and shuffle trades; two different trades differ in some field
    once = {_content(trade): trade for trade in reversed(answer)}
    readable = [trade for trade in once.values() if is_readable(venue, trade)]
    unreadable = [trade for trade in once.values() if not is_readable(venue, trade)]
    trades = sorted(readable, key=lambda trade: (trade["timestamp"], _id_order(trade["id"])))
    unreadable.sort(key=repr)
    following = venue.following(trades) if venue.following and trades else None
    return Page(trades, unreadable, None if following == parameters else following)


def is_through(venue: Venue, page: Page, window: tuple[int, int]) -> bool:
    """Whether no later page has trades of the window [from, to) in ms."""
    if not page.trades or page.following is None:
        return True
    oldest, newest = page.trades[0]["timestamp"], page.trades[-1]["timestamp"]
    return oldest < window[0] if venue.newest_first else newest >= window[1]


def unserved(venue: Venue, page: Page, window: tuple[int, int], now_ms: int) -> int | None:
    """The time (ms) until which a venue of recent trades only cannot serve the window, if any."""
    if venue.following is not None:
        return None
    start, end = window
    oldest = page.trades[0]["timestamp"] if page.trades else end
    if venue.serves_ms is not None:
        is_served = start >= now_ms - venue.serves_ms
    else:
        is_served = oldest <= start or len(page.trades) < (venue.page_limit or 0)
    return None if is_served else min(oldest, end)


def as_ours(venue: Venue, symbol: str, trade: Trade) -> Trade:
    """A paged or live trade with our symbol, and with the same id and time in both."""
    trade["symbol"] = symbol
    if venue.id_field is not None:
        value = trade["info"].get(venue.id_field)
        trade["id"] = None if value is None else str(value)
    if venue.nanoseconds_field is not None:
        text = str(trade["info"].get(venue.nanoseconds_field))
        trade["timestamp"] = int(text) // 1_000_000 if text.isdigit() else None
    return trade


def _answer(
    venue: Venue, exchange: Any, symbol: str, parameters: Parameters, sleep: Sleep
) -> list[Trade]:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            trades = exchange.fetch_trades(
                symbol.replace("-", "/"), None, venue.page_limit, dict(parameters)
            )
            # ccxt parses a truncated or foreign answer as trades, letter by letter
            if all(isinstance(trade["info"], venue.info) for trade in trades):
                return trades
            raise ccxt.BadResponse("the answer contains no trades")
        except ccxt.BadSymbol as error:
            raise RefusedError(f"{venue.name} does not list {symbol}: {error}") from None
        except (ccxt.NetworkError, ccxt.BadResponse, *MALFORMED) as error:
            if attempt == ATTEMPTS:
                raise FetchError(
                    f"{venue.name} {symbol}: {ATTEMPTS} attempts failed, the last with "
                    f"{type(error).__name__}: {error}; run the same command to go on"
                ) from error
            wait = _wait(exchange, attempt)
            log.warning(
                "%s %s: attempt %d of %d failed with %s; the next in %g s",
                venue.name, symbol, attempt, ATTEMPTS, type(error).__name__, wait,
            )  # fmt: skip
            sleep(wait)
        except ccxt.BaseError as error:
            raise RefusedError(
                f"{venue.name} {symbol}: {type(error).__name__}: {error}; nothing is gained by "
                "asking again: check the symbol, and whether the venue serves this country"
            ) from error
    raise AssertionError("unreachable")


def _wait(exchange: Any, attempt: int) -> float:
    """Seconds to wait: what the venue asks for, else 1, 2, 4, …"""
    headers = exchange.last_response_headers or {}
    asked = str(headers.get("Retry-After", ""))
    wait = float(asked) if asked.isdigit() else 0.0
    return min(max(wait, 2.0 ** (attempt - 1)), LONGEST_WAIT_SECONDS)


def is_readable(venue: Venue, trade: Trade) -> bool:
    """Whether the trade has a time, and an id of the venue's kind."""
    is_counted = venue.contiguous_ids or venue.rising_ids
    named = bool(trade["id"]) and (not is_counted or trade["id"].isdigit())
    return named and trade["timestamp"] is not None


def _content(trade: Trade) -> tuple[Any, ...]:
    content = tuple(trade[name] for name in ("id", "timestamp", "side", "price", "amount"))
    return content if trade["id"] else (*content, repr(trade["info"]))


def _id_order(identity: str) -> tuple[int, str]:
    return len(identity), identity
