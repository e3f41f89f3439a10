"""Statistics of a market's trades, on which simulated and real markets are compared.

Cont: Empirical properties of asset returns (2001), on heavy tails and clustered volatility;
Hill: A simple general approach to inference about the tail of a distribution (1975).
"""

from dataclasses import dataclass

import numpy as np

MINUTE_MS = 60_000
LAGS = (1, 2, 3, 4, 5)
LARGEST_SHARE = 0.05
# a shorter recording has too few minutes
FEWEST_MINUTES = 240
FEWEST_ORDERS = 1_000
BENFORD = np.log10(1 + 1 / np.arange(1, 10))


@dataclass(frozen=True)
class Trades:
    """Trades of one market by time: ms since 1970, prices, quantities, 1 where the buyer took."""

    at_ms: np.ndarray
    price: np.ndarray
    quantity: np.ndarray
    side: np.ndarray


def measure(trades: Trades) -> dict[str, float]:
    """Every measure that this many trades allow, by name.

    Orders are trades of one millisecond and side. Returns are log differences of the last price of
    each minute, carried on through minutes without a trade.
    """
    first = np.flatnonzero(
        (np.diff(trades.at_ms, prepend=-1) != 0) | (np.diff(trades.side, prepend=0) != 0)
    )
    if len(first) < FEWEST_ORDERS:
        return {}
    money = np.add.reduceat(trades.price * trades.quantity, first)
    gaps = np.diff(trades.at_ms[first]).astype(np.float64)
    side = trades.side[first].astype(np.float64)
    found = {
        "tail exponent of order sizes": tail_exponent(money),
        "log deviation of order sizes": float(np.log(money).std()),
        "variation of waiting times": float(gaps.std() / gaps.mean()),
        "share of waiting times below a tenth of their mean": float(
            (gaps < 0.1 * gaps.mean()).mean()
        ),
        "first digits' mean distance from Benford": benford_distance(trades.quantity),
        "correlation of sides of following orders": float(np.corrcoef(side[:-1], side[1:])[0, 1]),
    }
    returns = minute_returns(trades)
    if len(returns) >= FEWEST_MINUTES:
        centred = returns - returns.mean()
        found["excess kurtosis of minute returns"] = float(
            np.mean(centred**4) / np.mean(centred**2) ** 2 - 3
        )
        found["correlation of absolute minute returns"] = clustering(returns)
    return found


def minute_returns(trades: Trades) -> np.ndarray:
    """Log returns from minute to minute."""
    minute = trades.at_ms // MINUTE_MS
    last = np.flatnonzero(np.diff(minute, append=minute[-1] + 1))
    every = np.arange(minute[0], minute[-1] + 1)
    closes = trades.price[last][np.searchsorted(minute[last], every, side="right") - 1]
    return np.diff(np.log(closes))


def clustering(returns: np.ndarray) -> float:
    """The mean autocorrelation of absolute returns over the first five lags."""
    size = np.abs(returns) - np.abs(returns).mean()
    return float(np.mean([np.mean(size[:-lag] * size[lag:]) for lag in LAGS]) / np.mean(size**2))


def tail_exponent(sizes: np.ndarray) -> float:
    """Hill's estimate from the largest twentieth; 1 to 2 is heavy, without a variance."""
    largest = np.sort(sizes)[::-1][: max(int(LARGEST_SHARE * len(sizes)), 2) + 1]
    return float(1 / np.mean(np.log(largest[:-1] / largest[-1])))


def benford_distance(values: np.ndarray) -> float:
    """Distance of first digits from Benford's law: mean absolute difference of their shares."""
    digit = np.floor(values / 10.0 ** np.floor(np.log10(values)) + 1e-9).astype(np.int64)
    shares = np.bincount(np.clip(digit, 1, 9), minlength=10)[1:] / len(values)
    return float(np.abs(shares - BENFORD).mean())
