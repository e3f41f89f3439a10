"""Resting orders: those that filled a tape's takers, and quotes without a fill."""

from dataclasses import dataclass

import numpy as np

from assets.simulation.accounts import Accounts
from assets.simulation.background import Path
from assets.simulation.quotes import Quotes
from assets.simulation.range_extremes import RangeExtremes
from assets.simulation.sizes import algorithm_lots
from assets.simulation.symbol_market import VenueMarket

LONGEST_REST_MS = 1_800_000
# median and log deviation of the time that an order rests before its first fill
MET_AFTER_MS = (4_000.0, 1.5)
# divisors of that time, tried in turn until the middle price does not cross the order
SHORTER = (1, 8, 64, 512)
# an order's unfilled quantity as a share, its probability, and its mean time to cancellation
LEFT_OVER, LEFT_OVER_CHANCE, LEFT_OVER_RESTS_MS = 0.8, 0.4, 5_000.0

QUOTES_A_TRADE = 1.5
QUOTE_RESTS_MS = (1_800.0, 1.6)
QUOTES_AROUND_TRADES_MS = 20_000.0
# distance from the middle beyond half a spread, in levels of the book
QUOTE_DISTANCE = (2.0, 1.2)
QUOTING = {"maker": 0.78, "algorithm": 0.16, "retail": 0.06}


@dataclass(frozen=True)
class Resting:
    """The resting orders behind a tape, one row each, by the tape's rows of first and last fill."""

    first: np.ndarray
    last: np.ndarray
    placed_ms: np.ndarray
    total: np.ndarray
    left: np.ndarray
    cancelled_ms: np.ndarray


def resting_orders(
    random: np.random.Generator, market: VenueMarket, extremes: RangeExtremes
) -> Resting:
    """Sizes and times of the filled orders; some have an unfilled rest, cancelled later."""
    tape, order = market.tape, market.other_side.order
    first = np.flatnonzero(np.diff(order, prepend=-1))
    last = np.append(first[1:], len(order))[: len(first)] - 1
    taken = np.add.reduceat(tape.lots, first) if len(first) else tape.lots
    extra = np.ceil(taken * LEFT_OVER * random.random(len(first))).astype(np.int64)
    left = np.where(random.random(len(first)) < LEFT_OVER_CHANCE, extra, 0)
    rest = random.lognormal(np.log(MET_AFTER_MS[0]), MET_AFTER_MS[1], len(first))
    rest = np.clip(rest, 1, LONGEST_REST_MS).astype(np.int64)
    log_price = np.log(tape.ticks[first] * market.path.instrument.tick)
    placed = _placed(tape.at_ms[first], rest, tape.side[first], log_price, extremes)
    later = random.exponential(LEFT_OVER_RESTS_MS, len(first)).astype(np.int64)
    return Resting(first, last, placed, taken + left, left, tape.at_ms[last] + 1 + later)


def _placed(
    met_ms: np.ndarray,
    rest_ms: np.ndarray,
    taker_side: np.ndarray,
    log_price: np.ndarray,
    extremes: RangeExtremes,
) -> np.ndarray:
    """When each order was placed: at a time from which the middle price did not cross it."""
    placed = met_ms - 1
    open_rows = np.arange(len(met_ms))
    for shorter in SHORTER:
        at = np.maximum(met_ms[open_rows] - rest_ms[open_rows] // shorter, 0)
        span = at // 1_000, met_ms[open_rows] // 1_000
        price = log_price[open_rows]
        asks = taker_side[open_rows] > 0
        is_clear = np.where(asks, extremes.greatest(*span) <= price, extremes.least(*span) >= price)
        placed[open_rows[is_clear]] = np.minimum(at, placed[open_rows])[is_clear]
        open_rows = open_rows[~is_clear]
    return np.maximum(placed, 0)


def everyday_quotes(random: np.random.Generator, market: VenueMarket, accounts: Accounts) -> Quotes:
    """Honest quotes: about as frequent as the trades, most of them by makers."""
    tape, path = market.tape, market.path
    count = int(QUOTES_A_TRADE * len(tape))
    end_ms = len(path.activity) * 1_000 - 1
    around = random.laplace(0.0, QUOTES_AROUND_TRADES_MS, count).astype(np.int64)
    at_ms = tape.at_ms[random.integers(0, max(len(tape), 1), count)] + around
    at_ms = np.sort(np.clip(at_ms, tape.at_ms[0], tape.at_ms[-1]) if count else at_ms)
    rest = random.lognormal(np.log(QUOTE_RESTS_MS[0]), QUOTE_RESTS_MS[1], count)
    until_ms = np.minimum(at_ms + np.clip(rest, 1, LONGEST_REST_MS).astype(np.int64), end_ms)
    account = np.empty(count, np.int64)
    group = random.choice(len(QUOTING), count, p=list(QUOTING.values()))
    for code, name in enumerate(QUOTING):
        rows = np.flatnonzero(group == code)
        account[rows] = accounts.pick(random, name, len(rows))
    instrument = path.instrument
    away = random.lognormal(np.log(QUOTE_DISTANCE[0]), QUOTE_DISTANCE[1], count)
    return Quotes.of(
        at_ms,
        until_ms,
        np.where(random.random(count) < 0.5, 1, -1),
        instrument.half_spread + instrument.level_gap * away,
        algorithm_lots(random, instrument, np.exp(path.log_mid[at_ms // 1_000]), scale=2.0),
        account,
    )


def quote_ticks(quotes: Quotes, path: Path, extremes: RangeExtremes) -> np.ndarray:
    """Prices that the middle price does not reach while the quote rests."""
    span = quotes.at_ms // 1_000, np.minimum(quotes.until_ms // 1_000 + 1, len(path.log_mid) - 1)
    tick = path.instrument.tick
    bids = np.exp(extremes.least(*span) - quotes.distance) / tick
    asks = np.exp(extremes.greatest(*span) + quotes.distance) / tick
    ticks = np.where(quotes.side > 0, np.floor(bids), np.ceil(asks))
    return np.maximum(ticks, 1).astype(np.int64)
