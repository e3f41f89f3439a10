"""How often losses pass the value at risk: on simulated days, and on the hours of real markets.

A simulated market is a GARCH(1,1) with Student's t of five degrees (Bollerslev 1987): volatility
that clusters and tails as coins have them, 3 % a day. Nothing of a lake is read.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal

import numpy as np

from assets.risk.returns import hourly
from assets.risk.value_at_risk import LEVELS
from assets.simulation.statistics import Trades
from ml.estimator import Floats
from ml.value_at_risk import METHODS

SEEDS, DAYS = 30, 2_000
DEGREES, DAILY_VOLATILITY, ARCH, GARCH = 5, 0.03, 0.08, 0.90
BAND = 0.95
LEAST_SHARE_INSIDE = 0.9
"""Of filtered history: 27 of 30 series."""
DEMANDED = "filtered"
HOUR_MS = 3_600_000

Source = Literal["simulated days", "real hours"]


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """The forecasts of one method and level, over all series of one source together."""

    source: Source
    level: float
    method: str
    series: int
    """Series with a forecast."""
    series_inside: int
    """Those whose exceedances lie in the exact 95 % band of the binomial distribution."""
    forecasts: int
    exceedances: int
    expected: float
    pooled_band: tuple[int, int]
    """The exact 95 % band of all forecasts together; markets that fall together widen it."""

    @property
    def is_as_demanded(self) -> bool:
        """Whether nine in ten simulated series are inside; of other methods nothing is demanded."""
        is_demanded = self.source == "simulated days" and self.method == DEMANDED
        return not is_demanded or self.series_inside >= LEAST_SHARE_INSIDE * self.series


def evaluate_value_at_risk(
    first_seed: int, real: Sequence[Trades] = (), seeds: int = SEEDS
) -> list[Coverage]:
    """Simulated days of so many seeds from the first on, and the hours of real markets."""
    simulated = [garch_days(seed) for seed in range(first_seed, first_seed + seeds)]
    rows = [
        coverage("simulated days", simulated, level, method)
        for level, method in product(LEVELS, METHODS)
    ]
    hours = [returns_of_hours(trades) for trades in real]
    if hours:
        rows += [
            coverage("real hours", hours, level, method)
            for level, method in product(LEVELS, METHODS)
        ]
    return rows


def garch_days(seed: int, count: int = DAYS) -> Floats:
    """Returns of days, beginning at the usual volatility."""
    random = np.random.default_rng(seed)
    shocks = random.standard_t(DEGREES, count) * np.sqrt((DEGREES - 2) / DEGREES)
    usual = DAILY_VOLATILITY**2
    variance, returns = usual, np.empty(count)
    for day, shock in enumerate(shocks.tolist()):
        returns[day] = np.sqrt(variance) * shock
        variance = usual * (1 - ARCH - GARCH) + ARCH * returns[day] ** 2 + GARCH * variance
    return returns


def returns_of_hours(trades: Trades) -> Floats:
    """Simple returns between the last prices of hours that follow each other."""
    hours = trades.at_ms // HOUR_MS
    is_last = np.append(hours[1:] != hours[:-1], True) if len(hours) else np.zeros(0, bool)
    return hourly(hours[is_last].astype("datetime64[h]"), trades.price[is_last]).values


def coverage(source: Source, series: Iterable[Floats], level: float, method: str) -> Coverage:
    """Count the exceedances of a method's forecasts in each series and over all."""
    p = round(1 - level, 9)
    counted = [_counted(returns, p, method) for returns in series]
    known = [(count, hits) for count, hits in counted if count]
    forecasts, exceedances = sum(count for count, _ in known), sum(hits for _, hits in known)
    return Coverage(
        source=source,
        level=level,
        method=method,
        series=len(known),
        series_inside=sum(_is_within(hits, band(count, p)) for count, hits in known),
        forecasts=forecasts,
        exceedances=exceedances,
        expected=forecasts * p,
        pooled_band=band(forecasts, p),
    )


def band(count: int, p: float) -> tuple[int, int]:
    """The exceedances that so many forecasts of a right model have in 95 cases of a hundred."""
    from scipy.stats import binom

    outside = (1 - BAND) / 2
    return int(binom.ppf(outside, count, p)), int(binom.ppf(1 - outside, count, p))


def _counted(returns: Floats, p: float, method: str) -> tuple[int, int]:
    """How many forecasts a series has, and how many losses were beyond them."""
    hits = METHODS[method](returns, p).hits(returns)
    return int(np.sum(~np.isnan(hits))), int(np.nansum(hits))


def _is_within(hits: int, allowed: tuple[int, int]) -> bool:
    return allowed[0] <= hits <= allowed[1]
