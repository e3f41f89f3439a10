"""Value at risk and expected shortfall of each symbol and day, from the returns before alone."""

from dataclasses import dataclass
from datetime import date
from math import isnan

from duckdb import DuckDBPyConnection

from assets.market.window import Window
from assets.risk.back_tests import SPANS, BackTest, Series, back_test, chosen, units
from assets.risk.returns import Horizon, MarketReturns, Returns, returns_of_markets
from ml.estimator import Floats
from ml.value_at_risk import LEAST_RETURNS, METHODS

LEVELS = (0.975, 0.99)


@dataclass(frozen=True, kw_only=True)
class ValueAtRisk:
    """One forecast for one day; of one hour, the one for the day's last hour."""

    venue: str
    """Market with its own id space."""
    symbol: str
    """Base-quote, upper case."""
    trade_day: date
    """UTC day that the forecast is for; it knows the returns before it alone."""
    horizon: str
    """1 day, from midnight to midnight, or 1 hour: the last of the day whose return is known."""
    level: float
    """How often a loss should stay within the value at risk: 0.975 or 0.99."""
    method: str
    """historical (quantile of the last 365 returns), weighted (normal, RiskMetrics) or filtered."""
    value_at_risk: float | None
    """Loss of a long position that is exceeded so seldom, as a share of it, 0.05 is 5 %."""
    expected_shortfall: float | None
    """Mean loss beyond the value at risk, as a share of the position."""
    return_count: int
    """Returns before the forecast; it rests on the last 365 of them."""
    realised_return: float | None
    """Simple return of that day or hour; null where either end has no price."""
    is_exceeded: bool | None
    """Whether more than the value at risk was lost; null where one of both is not known."""
    forecast_count: int
    """Forecasts of the day that a return followed: of one hour, up to 24."""
    exceedance_count: int
    """Losses beyond the value at risk among them."""
    is_chosen: bool
    """Whether this is the symbol's method, chosen by the back-tests up to the day before."""
    choice: str
    """Which method was chosen for the day, and why."""
    reason: str | None
    """Why there is no forecast; null where there is one."""


@dataclass(frozen=True)
class RiskForecasts:
    """The rows of a window's days: forecasts, and how all up to each day did."""

    values_at_risk: list[ValueAtRisk]
    back_tests: list[BackTest]


def forecasts_of(connection: DuckDBPyConnection, window: Window) -> RiskForecasts:
    """Forecast the window's days; `connection` has the lake attached as `lake`."""
    first, last = window.days[0], window.days[-1]
    found = RiskForecasts([], [])
    for market in returns_of_markets(connection, window.end_at):
        days = [day for day in market.days if first <= day <= last]
        for horizon in SPANS if days else ():
            for level in LEVELS:
                _forecast(market, horizon, level, days, found)
    return found


def _forecast(
    market: MarketReturns, horizon: Horizon, level: float, days: list[date], found: RiskForecasts
) -> None:
    """Add the rows of one market, horizon and level."""
    returns = market.by_horizon[horizon]
    series = _series(market, horizon, level, returns.before(days[0]))
    before = {one.method: back_test(one, days[0], returns.before(days[0])) for one in series}
    for day in days:
        choice, why = chosen(before)
        for one in series:
            found.values_at_risk.append(_row(one, returns, day, one.method == choice, why))
        before = {one.method: back_test(one, day, returns.until(day)) for one in series}
        found.back_tests.extend(before.values())


def _series(market: MarketReturns, horizon: Horizon, level: float, until: int) -> list[Series]:
    """The forecasts of each method, from the first that a back-test up to `until` counts."""
    values = market.by_horizon[horizon].values
    first, p = max(0, until - SPANS[horizon]), round(1 - level, 9)
    return [
        Series(
            venue=market.venue,
            symbol=market.symbol,
            horizon=horizon,
            level=level,
            method=name,
            returns=values,
            forecasts=method(values, p, first),
        )
        for name, method in METHODS.items()
    ]


def _row(series: Series, returns: Returns, day: date, is_chosen: bool, choice: str) -> ValueAtRisk:
    first, end = returns.before(day), returns.until(day)
    # the last forecast that a return followed; without a return, the one that waits for it
    place = max(first, end - 1)
    var = _known(series.forecasts.value_at_risk, place)
    realised = float(returns.values[place]) if first < end else None
    known = max(first, LEAST_RETURNS)
    exceeded = -returns.values[known:end] > series.forecasts.value_at_risk[known:end]
    lacking = f"not enough {units(series.horizon)} ({place} of {LEAST_RETURNS})"
    return ValueAtRisk(
        venue=series.venue,
        symbol=series.symbol,
        trade_day=day,
        horizon=series.horizon,
        level=series.level,
        method=series.method,
        value_at_risk=var,
        expected_shortfall=_known(series.forecasts.expected_shortfall, place),
        return_count=place,
        realised_return=realised,
        is_exceeded=None if var is None or realised is None else -realised > var,
        forecast_count=len(exceeded),
        exceedance_count=int(exceeded.sum()),
        is_chosen=is_chosen,
        choice=choice,
        reason=lacking if var is None else None,
    )


def _known(values: Floats, place: int) -> float | None:
    return None if isnan(values[place]) else float(values[place])
