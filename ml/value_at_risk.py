"""Value at risk and expected shortfall of the next day, by three ways, from the returns before it.

Returns are logarithmic, one a day (or an hour), in order of time; value at risk and shortfall are
positive where money is lost, as shares of the position in logarithms. A forecast for a day knows
the returns before it alone. Which way is believed is decided by back-tests (`var_backtests`).

Sources: historical simulation; RiskMetrics (1996), exponentially weighted volatility of 0.94 a day;
Barone-Adesi, Giannopoulos, Vosper (1999) and Hull, White (1998), filtered historical simulation.
"""

from collections.abc import Callable
from dataclasses import dataclass

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


Method = Callable[[ArrayLike, float], Forecasts]


def historical(returns: ArrayLike, p: float) -> Forecasts:
    """The quantile of the last year's returns, and the mean of those beyond it."""
    r = np.asarray(returns, float)
    return _of_tails(r, np.ones(len(r) + 1), p)


def weighted(returns: ArrayLike, p: float) -> Forecasts:
    """The normal quantile of the exponentially weighted volatility (RiskMetrics)."""
    from scipy.stats import norm

    sigma = volatility(returns)
    sigma[:LEAST_RETURNS] = np.nan
    quantile = float(norm.ppf(p))
    return Forecasts(-quantile * sigma, float(norm.pdf(quantile)) / p * sigma)


def filtered(returns: ArrayLike, p: float) -> Forecasts:
    """The quantile of the year's returns over their own volatilities, at the volatility of now."""
    return _of_tails(np.asarray(returns, float), volatility(returns), p)


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


def _of_tails(returns: Floats, scale: Floats, p: float) -> Forecasts:
    """Quantile and mean beyond it of the returns before each over their scale, at its scale."""
    count = len(returns)
    var, es = np.full(count + 1, np.nan), np.full(count + 1, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = np.where(scale[:-1] > 0, returns / scale[:-1], 0.0)
    for place in range(LEAST_RETURNS, count + 1):
        before = scaled[max(0, place - WINDOW) : place]
        # of n returns the k-th is exceeded by the next one with probability k / (n + 1)
        quantile = float(np.quantile(before, p, method="weibull"))
        beyond = before[before <= quantile]
        shortfall = float(beyond.mean()) if len(beyond) else float(before.min())
        var[place], es[place] = -quantile * scale[place], -min(shortfall, quantile) * scale[place]
    return Forecasts(var, es)
