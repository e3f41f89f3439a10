"""How well each way to forecast value at risk did, and which one a symbol is given by that.

The rule: of the methods whose exceedances conditional coverage does not reject at 5 % (exact
p-value), the one of least quantile loss; where it rejects all, the one of least quantile loss;
while there are too few forecasts for a traffic light, filtered history. A back-test takes forecasts
in their order: those on either side of days that were not seen are neighbours.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from assets.risk.returns import Horizon
from ml.estimator import Floats
from ml.value_at_risk import LEAST_RETURNS, Forecasts
from ml.var_backtests import (
    Light,
    LikelihoodRatio,
    acerbi_szekely,
    conditional_coverage,
    independence,
    least_count,
    proportion_of_failures,
    quantile_loss,
    shortfall_p,
    traffic_light,
)

SPANS: Mapping[Horizon, int] = {"1 day": 365, "1 hour": 2_160}
"""The last forecasts that a back-test counts: a year of days, ninety days of hours."""
LEAST_FORECASTS = 2
"""Fewer do not follow each other."""
DEFAULT = "filtered"
REJECTED = 0.05


@dataclass(frozen=True, kw_only=True)
class BackTest:
    """One method's forecasts of one symbol, horizon and level, up to the end of a day."""

    venue: str
    """Market with its own id space."""
    symbol: str
    """Base-quote, upper case."""
    trade_day: date
    """UTC day, whose forecasts are the last that count."""
    horizon: str
    """Of each forecast: 1 day, 1 hour."""
    level: float
    """How often a loss should stay within the value at risk: 0.975 or 0.99."""
    method: str
    """historical, weighted or filtered."""
    forecast_count: int
    """Forecasts that a return followed: the last 365 days, or 2,160 hours, at most."""
    exceedance_count: int
    """Losses beyond the value at risk among them."""
    expected_count: float
    """Exceedances of a right model on average: forecasts times one less the level."""
    number_statistic: float | None
    """Likelihood ratio of the number of exceedances (Kupiec 1995)."""
    number_chi_square_p: float | None
    """Its p-value by chi-square with one degree of freedom."""
    number_exact_p: float | None
    """Its exact p-value: the chance of a ratio as large where the model is right."""
    independence_statistic: float | None
    """Likelihood ratio of exceedances that follow each other (Christoffersen 1998)."""
    independence_chi_square_p: float | None
    """Its p-value by chi-square with one degree of freedom."""
    independence_exact_p: float | None
    """Its exact p-value."""
    coverage_statistic: float | None
    """Conditional coverage (Christoffersen 1998): the sum of both ratios."""
    coverage_chi_square_p: float | None
    """Its p-value by chi-square with two degrees of freedom."""
    coverage_exact_p: float | None
    """Its exact p-value; below 0.05 the method is rejected."""
    shortfall_statistic: float | None
    """Z2 of the shortfall (Acerbi, Szekely 2014): 0 where right, negative where too low.

    Null where a loss followed a forecast of no loss at all: the price had not moved before.
    """
    shortfall_p: float | None
    """How often Z2 of a right model is as low: simulated, with the tail of Student's t(5)."""
    quantile_loss: float | None
    """Mean of (p - exceeded) * (return + VaR), p one less the level: lower is better."""
    light: str | None
    """green, yellow or red by the binomial distribution (Basel 1996: 95 and 99.99 %)."""
    reason: str | None
    """Why there is no light; null where there is one."""
    sentence: str
    """The result in words."""


@dataclass(frozen=True)
class Series:
    """The forecasts of one method beside the returns that followed."""

    venue: str
    symbol: str
    horizon: Horizon
    level: float
    method: str
    returns: Floats
    forecasts: Forecasts

    @property
    def p(self) -> float:
        """How often a loss should be beyond the value at risk."""
        return round(1 - self.level, 9)


def back_test(series: Series, day: date, until: int) -> BackTest:
    """Test the last forecasts of a series, up to the return at place `until`, which is left out."""
    first = max(LEAST_RETURNS, until - SPANS[series.horizon])
    returns = series.returns[first:until]
    var = series.forecasts.value_at_risk[first:until]
    hits = -returns > var
    count, exceeded, p = len(returns), int(np.sum(hits)), series.p
    wanted, unit = least_count(p), units(series.horizon)
    light: Light | None = None
    number = order = both = shortfall = loss = None
    if count >= LEAST_FORECASTS:
        number, order = proportion_of_failures(hits, p), independence(hits, p)
        both = conditional_coverage(hits, p)
        es = series.forecasts.expected_shortfall[first:until]
        # a loss after days without a move is infinitely beyond a shortfall of nought
        if bool(np.all(es[hits] > 0)):
            shortfall = acerbi_szekely(-returns, var, np.where(es > 0, es, 1), p)
        loss = quantile_loss(returns, var, p)
    if count >= wanted:
        light = traffic_light(exceeded, count, p)
    reason = None if light else f"not enough {unit} ({count} of {wanted})"
    return BackTest(
        venue=series.venue,
        symbol=series.symbol,
        trade_day=day,
        horizon=series.horizon,
        level=series.level,
        method=series.method,
        forecast_count=count,
        exceedance_count=exceeded,
        expected_count=count * p,
        **_ratio("number", number),
        **_ratio("independence", order),
        **_ratio("coverage", both),
        shortfall_statistic=shortfall,
        shortfall_p=None if shortfall is None else shortfall_p(shortfall, count, p),
        quantile_loss=loss,
        light=light,
        reason=reason,
        sentence=_sentence(exceeded, count, p, unit, light or reason or "", both),
    )


def chosen(tests: Mapping[str, BackTest]) -> tuple[str, str]:
    """The method that the rule chooses of those tested, and why, in a sentence."""
    known = {name: test for name, test in tests.items() if test.light is not None}
    if not known:
        test = tests[DEFAULT]
        return DEFAULT, f"{DEFAULT} by default: {test.reason} to choose by."
    accepted = {
        name: test for name, test in known.items() if (test.coverage_exact_p or 0) >= REJECTED
    }
    best = min(accepted or known, key=lambda name: known[name].quantile_loss or 0)
    test = known[best]
    over = f"least quantile loss over {test.forecast_count:,} {units(test.horizon)}"
    if not accepted:
        return best, f"{best} has the {over}; conditional coverage rejects every method at 5 %."
    among = ", ".join(accepted)
    return best, f"{best} has the {over}, of what conditional coverage does not reject: {among}."


def units(horizon: str) -> str:
    """The plural of a horizon's period: days, hours."""
    return f"{horizon.partition(' ')[2]}s"


def _ratio(name: str, ratio: LikelihoodRatio | None) -> dict[str, float | None]:
    return {
        f"{name}_statistic": ratio and ratio.statistic,
        f"{name}_chi_square_p": ratio and ratio.asymptotic_p,
        f"{name}_exact_p": ratio and ratio.exact_p,
    }


def _sentence(
    exceeded: int, count: int, p: float, unit: str, verdict: str, both: LikelihoodRatio | None
) -> str:
    counted = (
        f"{exceeded:,} of {count:,} {unit} lost more than the value at risk, where "
        f"{count * p:.3g} are expected: {verdict}"
    )
    if both is None:
        return f"{counted}."
    word = "rejects" if both.exact_p < REJECTED else "does not reject"
    return f"{counted}; conditional coverage {word} the method (p = {both.exact_p:.2g})."
