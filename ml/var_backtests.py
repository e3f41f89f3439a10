"""Back-tests of value at risk and expected shortfall: were the days beyond it as many as promised?

Hits are the days whose loss was beyond the value at risk, in order of time; `p` is how often they
should be. Nothing of a model or of the lake is known here.

Sources: Kupiec (1995), proportion of failures; Christoffersen (1998), independence and conditional
coverage; Acerbi, Szekely (2014), second test of expected shortfall; Basel Committee (1996), the
traffic light; Gneiting (2011), the quantile loss.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from ml.estimator import Booleans, Floats
from ml.hit_runs import Transitions, independent_hits

Light = Literal["green", "yellow", "red"]
Statistic = Callable[[Transitions, float], Floats]
"""Of how hits follow each other, and of how often they should be."""

LEAST_EXPECTED_HITS = 2.5
"""Fewer allow no light: 250 days at 1 %, as Basel asks."""
GREEN, YELLOW = 0.95, 0.9999
TIE = 1e-9
# of the shortfall test: series under the null, losses that theirs are drawn from, and their tail
SIMULATIONS, LOSSES, TAIL_DEGREES = 1_999, 100_000, 5


class TooFewDaysError(ValueError):
    """There are not enough days to judge by."""


@dataclass(frozen=True)
class LikelihoodRatio:
    """A likelihood ratio with its two p-values: few days make the first one wrong.

    `asymptotic_p` is by chi-square; `exact_p` is the chance, where the null is true, of a statistic
    as large: it adds up all series of hits.
    """

    statistic: float
    asymptotic_p: float
    exact_p: float


def proportion_of_failures(hits: ArrayLike, p: float) -> LikelihoodRatio:
    """Kupiec's test of the number of hits."""
    return _tested(hits, p, _number, degrees=1)


def independence(hits: ArrayLike, p: float) -> LikelihoodRatio:
    """Christoffersen's test of hits that follow each other."""
    return _tested(hits, p, _independence, degrees=1)


def conditional_coverage(hits: ArrayLike, p: float) -> LikelihoodRatio:
    """Both tests together: as many hits as promised, and none because of the one before."""
    return _tested(hits, p, _conditional_coverage, degrees=2)


def kupiec_statistic(hits: ArrayLike, count: int, p: float) -> Floats:
    """-2 ln of the likelihood of `p` over that of the share of hits; 0 ln 0 is 0."""
    x = np.asarray(hits, float)
    return 2 * (_log_likelihood(count - x, x, x / count) - _log_likelihood(count - x, x, p))


def independence_statistic(seen: Transitions) -> Floats:
    """-2 ln of the likelihood of one rate of hits over that of a rate after each kind of day."""
    n00, n10, n01, n11 = (
        np.asarray(one, float) for one in (seen.n00, seen.n10, seen.n01, seen.n11)
    )
    misses, hits = n00 + n10, n01 + n11
    one_rate = _log_likelihood(misses, hits, hits / np.maximum(misses + hits, 1))
    after_miss = _log_likelihood(n00, n01, n01 / np.maximum(n00 + n01, 1))
    after_hit = _log_likelihood(n10, n11, n11 / np.maximum(n10 + n11, 1))
    return np.maximum(0.0, 2 * (after_miss + after_hit - one_rate))


def acerbi_szekely(
    losses: ArrayLike, value_at_risk: ArrayLike, expected_shortfall: ArrayLike, p: float
) -> float:
    """Z2 = 1 - mean(loss * hit / (p ES)): 0 where the shortfall is right, below 0 where too small.

    Losses, value at risk and shortfall are positive where money is lost, one of each a day. Below
    -0.7 about one right model in twenty comes to lie, whatever its tail (Acerbi, Szekely).
    """
    loss, var, es = (np.asarray(one, float) for one in (losses, value_at_risk, expected_shortfall))
    return float(1 - np.mean(np.where(loss > var, loss / es, 0.0)) / p)


def shortfall_p(statistic: float, count: int, p: float) -> float:
    """How often Z2 of a right model is as low; of so many days.

    Simulated once for all series: hits are independent, losses beyond the value at risk those of
    Student's t of five degrees. Z2 hardly depends on the tail (Acerbi, Szekely), and of a lighter
    one the p-value is too high rather than too low.
    """
    as_low = np.searchsorted(_shortfall_null(count, p), statistic + TIE)
    return (1 + float(as_low)) / (SIMULATIONS + 1)


def quantile_loss(returns: ArrayLike, value_at_risk: ArrayLike, p: float) -> float:
    """Mean of (p - hit) * (return + VaR): least, on average, where the VaR is right."""
    r, var = np.asarray(returns, float), np.asarray(value_at_risk, float)
    return float(np.mean((p - (r < -var)) * (r + var)))


def traffic_light(hits: int, count: int, p: float) -> Light:
    """Green, yellow or red by the binomial distribution.

    Raises TooFewDaysError where fewer than `LEAST_EXPECTED_HITS` hits are expected.
    """
    from scipy.special import bdtr

    if count < (wanted := least_count(p)):
        raise TooFewDaysError(f"not enough days: {count} of {wanted}")
    as_few = float(bdtr(hits, count, p))
    return "green" if as_few < GREEN else "yellow" if as_few < YELLOW else "red"


def least_count(p: float) -> int:
    """How many days allow a light."""
    return ceil(LEAST_EXPECTED_HITS / p)


def _flags(hits: ArrayLike) -> Booleans:
    flags = np.asarray(hits, bool)
    if len(flags) < 2:
        raise TooFewDaysError(f"not enough days: {len(flags)} of 2")
    return flags


def _log_likelihood(misses: ArrayLike, hits: ArrayLike, rate: ArrayLike) -> Floats:
    from scipy.special import xlogy

    return xlogy(misses, 1 - np.asarray(rate)) + xlogy(hits, rate)


def _chi_square_p(statistic: ArrayLike, degrees: int) -> float:
    from scipy.special import chdtrc

    return float(chdtrc(degrees, statistic))


def _number(seen: Transitions, p: float) -> Floats:
    return kupiec_statistic(seen.hits, seen.count, p)


def _independence(seen: Transitions, p: float) -> Floats:
    return independence_statistic(seen)


def _conditional_coverage(seen: Transitions, p: float) -> Floats:
    return _number(seen, p) + _independence(seen, p)


def _tested(hits: ArrayLike, p: float, statistic: Statistic, *, degrees: int) -> LikelihoodRatio:
    flags = _flags(hits)
    observed = float(statistic(Transitions.of(flags), p))
    values, chance = _null(len(flags), p)
    exact = float(chance[values[statistic] >= observed - TIE].sum())
    return LikelihoodRatio(observed, _chi_square_p(observed, degrees), min(exact, 1.0))


@lru_cache(maxsize=1_024)
def _null(count: int, p: float) -> tuple[dict[Statistic, Floats], Floats]:
    """The values of each statistic under independent hits, and the chance of each value.

    The same for every model and symbol; days of a growing history each have one of their own.
    """
    seen, chance = independent_hits(count, p)
    return {one: one(seen, p) for one in (_number, _independence, _conditional_coverage)}, chance


@lru_cache(maxsize=2_048)
def _shortfall_null(count: int, p: float) -> Floats:
    """Z2 of many series where the model is right, ascending."""
    random = np.random.default_rng((count, round(1 / p)))
    hits = random.binomial(count, p, SIMULATIONS)
    drawn = _losses_beyond(p)[random.integers(0, LOSSES, int(hits.sum()))]
    sums = np.bincount(np.repeat(np.arange(SIMULATIONS), hits), drawn, SIMULATIONS)
    return np.sort(1 - sums / (count * p))


@lru_cache(maxsize=8)
def _losses_beyond(p: float) -> Floats:
    """Losses beyond the value at risk over their mean: the quantiles of Student's tail."""
    from scipy.stats import t

    losses = -t.ppf(p * (np.arange(LOSSES) + 0.5) / LOSSES, TAIL_DEGREES)
    return losses / losses.mean()
