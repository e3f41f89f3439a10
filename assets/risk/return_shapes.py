"""What a symbol's returns up to a day are like: volatility, tails, skew, and how far it has fallen.

Source of the drawdown: the deepest fall from an earlier high. A day's own is that of its minutes
(`marts.symbol_days`); between days each low is set against the highest price of the days before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from math import isfinite, sqrt

import numpy as np
from duckdb import DuckDBPyConnection

from assets.market.window import Window
from assets.risk.back_tests import SPANS
from assets.risk.returns import MarketReturns, returns_of_markets
from ml.estimator import Floats
from ml.tails import LEAST_TAIL, SHARE, hill
from ml.value_at_risk import SEED_RETURNS, volatility

DAYS_A_YEAR = 365
MONTH, YEAR = timedelta(days=30), timedelta(days=365)
LEAST_HOURS = round(LEAST_TAIL / SHARE)


@dataclass(frozen=True, kw_only=True)
class ReturnShape:
    """The measures of one symbol at the end of a day with a trade."""

    venue: str
    """Market with its own id space."""
    symbol: str
    """Base-quote, upper case."""
    trade_day: date
    """UTC day."""
    day_count: int
    """Daily returns up to the day's end."""
    ewma_volatility: float | None
    """Root of their exponentially weighted mean square (0.94 a day, RiskMetrics) of 365 days."""
    volatility_reason: str | None
    """Why it is null: fewer than 20 returns."""
    hour_count: int
    """Hourly returns up to the day's end, the last 2,160 at most."""
    skewness: float | None
    """Their third moment over their deviation cubed; negative where falls are the larger moves."""
    excess_kurtosis: float | None
    """Their fourth moment over their variance squared, less the 3 of a normal distribution."""
    lower_tail_index: float | None
    """Hill's (1975) index of the 2.5 % largest falls; the lower, the heavier the tail."""
    upper_tail_index: float | None
    """The same of the 2.5 % largest rises."""
    shape_reason: str | None
    """Why those are null: fewer than 400 hours, or a price that did not move."""
    drawdown_30d: float
    """Deepest fall from an earlier high of the last 30 days that were seen, 0 to 1."""
    drawdown_365d: float
    """The same of the last 365 days."""
    seen_days_365d: int
    """Days with a trade among those 365."""


@dataclass(frozen=True)
class DayRange:
    """The prices of a day: its low, its high, and its deepest fall from an earlier high."""

    day: date
    low: float
    high: float
    max_drawdown: float


def shapes_of(connection: DuckDBPyConnection, window: Window) -> list[ReturnShape]:
    """The rows of the window's days; `connection` has the lake attached as `lake`."""
    ranges = _ranges(connection, window)
    first, last = window.days[0], window.days[-1]
    return [
        _shape(market, day, ranges[market.venue, market.symbol])
        for market in returns_of_markets(connection, window.end_at)
        for day in market.days
        if first <= day <= last
    ]


def deepest_fall(days: Sequence[DayRange]) -> float:
    """The drawdown of days in order, within each and between them."""
    highest, deepest = 0.0, 0.0
    for one in days:
        between = 1 - one.low / highest if highest else 0.0
        deepest = max(deepest, one.max_drawdown, between)
        highest = max(highest, one.high)
    return deepest


def _shape(market: MarketReturns, day: date, ranges: Sequence[DayRange]) -> ReturnShape:
    days, hours = market.by_horizon["1 day"], market.by_horizon["1 hour"]
    daily = days.values[: days.until(day)]
    end = hours.until(day)
    hourly = hours.values[max(0, end - SPANS["1 hour"]) : end]
    year = [one for one in ranges if day - YEAR < one.day <= day]
    too_few = None
    if len(daily) < SEED_RETURNS:
        too_few = f"not enough days ({len(daily)} of {SEED_RETURNS})"
    shapeless = None
    if len(hourly) < LEAST_HOURS:
        shapeless = f"not enough hours ({len(hourly)} of {LEAST_HOURS})"
    elif not np.any(hourly):
        shapeless = "the price did not move"
    skewness, kurtosis = (None, None) if shapeless else _moments(hourly)
    return ReturnShape(
        venue=market.venue,
        symbol=market.symbol,
        trade_day=day,
        day_count=len(daily),
        ewma_volatility=None if too_few else float(volatility(daily)[-1]) * sqrt(DAYS_A_YEAR),
        volatility_reason=too_few,
        hour_count=len(hourly),
        skewness=skewness,
        excess_kurtosis=kurtosis,
        lower_tail_index=_finite(hill(-hourly)),
        upper_tail_index=_finite(hill(hourly)),
        shape_reason=shapeless,
        drawdown_30d=deepest_fall([one for one in year if day - MONTH < one.day]),
        drawdown_365d=deepest_fall(year),
        seen_days_365d=len(year),
    )


def _moments(values: Floats) -> tuple[float, float]:
    from scipy.stats import kurtosis, skew

    return float(skew(values)), float(kurtosis(values))


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None


def _ranges(
    connection: DuckDBPyConnection, window: Window
) -> dict[tuple[str, str], list[DayRange]]:
    found = connection.execute(
        """
        select venue, symbol, trade_day, low, high, max_drawdown from lake.marts.symbol_days
        where trade_day between ? and ?
        order by venue, symbol, trade_day
        """,
        [window.days[0] - YEAR, window.days[-1]],
    ).fetchall()
    return {
        key: [DayRange(*row[2:]) for row in rows]
        for key, rows in groupby(found, lambda row: (row[0], row[1]))
    }
