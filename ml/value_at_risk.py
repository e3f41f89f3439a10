"""Value at risk and expected shortfall of the next day, by three ways, from the returns before it.

Returns are one a day (or an hour), in order of time, simple or logarithmic; value at risk and
shortfall are positive where a long position loses, in the same. A forecast for a day knows the
returns before it alone. Which way is believed is decided by back-tests (`var_backtests`).

Sources: historical simulation; RiskMetrics (1996), exponentially weighted volatility of 0.94 a day;
Barone-Adesi, Giannopoulos, Vosper (1999) and Hull, White (1998), filtered historical simulation.
"""

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from ml.estimator import Floats

WINDOW = 365
"""Returns that a quantile is taken of, at most; from `LEAST_RETURNS` on there is a forecast."""
LEAST_RETURNS = 100
DECAY = 0.94
SEED_RETURNS = 20
"""The first returns, whose mean square begins the weighted one."""


@dataclass(frozen=True)
class Forecasts:
    """One of each a return, and last that of the next one; NaN where too little came before."""

    value_at_risk: Floats
    expected_shortfall: Floats

    def hits(self, returns: ArrayLike) -> Floats:
        """1 where the loss was beyond the value at risk, 0 where not, NaN without a forecast."""
        losses, var = -np.asarray(returns, float), self.value_at_risk[:-1]
        return np.where(np.isnan(var), np.nan, losses > var)


class Method(Protocol):
    """Forecasts each of the returns, a loss beyond which should come as often as `p` says.

    Those before the place `first` are not wanted, and NaN.
    """

    def __call__(self, returns: ArrayLike, p: float, first: int = 0) -> Forecasts: ...


def historical(returns: ArrayLike, p: float, first: int = 0) -> Forecasts:
    """The quantile of the last year's returns, and the mean of those beyond it."""
    r = np.asarray(returns, float)
    return _of_tails(r, np.ones(len(r) + 1), p, first)


def weighted(returns: ArrayLike, p: float, first: int = 0) -> Forecasts:
    """The normal quantile of the exponentially weighted volatility (RiskMetrics)."""
    # scipy.stats costs a CPU second, and each run forecasts
    from scipy.special import ndtri

    sigma = volatility(returns)
    sigma[: max(first, LEAST_RETURNS)] = np.nan
    quantile = float(ndtri(p))
    density = math.exp(-(quantile**2) / 2) / math.sqrt(2 * math.pi)
    return Forecasts(-quantile * sigma, density / p * sigma)


def filtered(returns: ArrayLike, p: float, first: int = 0) -> Forecasts:
    """The quantile of the year's returns over their own volatilities, at the volatility of now."""
    return _of_tails(np.asarray(returns, float), volatility(returns), p, first)


METHODS: dict[str, Method] = {
    "historical": historical,
    "weighted": weighted,
    "filtered": filtered,
}


def volatility(returns: ArrayLike) -> Floats:
    """Root of the exponentially weighted mean square of the returns before each, and before next.

    It begins with the mean square of the first returns, so that none is NaN from the second on.
    """
    squares = np.asarray(returns, float) ** 2
    variance = np.full(len(squares) + 1, np.nan)
    if not len(squares):
        return variance
    variance[0] = squares[:SEED_RETURNS].mean()
    for place, square in enumerate(squares.tolist()):
        variance[place + 1] = DECAY * variance[place] + (1 - DECAY) * square
    return np.sqrt(variance)


def _of_tails(returns: Floats, scale: Floats, p: float, first: int) -> Forecasts:
    """Quantile and mean beyond it of the returns before each over their scale, at its scale."""
    count = len(returns)
    quantile, shortfall = np.full(count + 1, np.nan), np.full(count + 1, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = np.where(scale[:-1] > 0, returns / scale[:-1], 0.0)
    for place in range(max(first, LEAST_RETURNS), min(WINDOW, count + 1)):
        quantile[[place]], shortfall[[place]] = _tail(scaled[np.newaxis, :place], p)
    # from here on as many returns lie before each: their tails are found together
    full = max(first, WINDOW)
    if full <= count:
        before = np.lib.stride_tricks.sliding_window_view(scaled[full - WINDOW :], WINDOW)
        quantile[full:], shortfall[full:] = _tail(before, p)
    return Forecasts(-quantile * scale, -shortfall * scale)


def _tail(before: Floats, p: float) -> tuple[Floats, Floats]:
    """Of each row the quantile, and the mean of what is not above it.

    Of n returns the k-th is exceeded by the next one with probability k / (n + 1) (Weibull).
    """
    place = min(max(p * (before.shape[1] + 1), 1.0), float(before.shape[1]))
    whole = int(place)
    lowest = np.sort(before, axis=1)[:, : whole + 1]
    at, above = lowest[:, whole - 1], lowest[:, -1]
    quantile = at + (place - whole) * (above - at)
    # the quantile lies at the last of them or before the next one, which it may equal
    return quantile, lowest[:, :whole].mean(axis=1)
