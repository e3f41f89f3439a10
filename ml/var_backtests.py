"""Back-tests of value at risk and expected shortfall: were the days beyond it as many as promised?

Hits are the days whose loss was beyond the value at risk, in order of time; `p` is how often they
should be. Nothing of a model or of the lake is known here.

Sources: Kupiec (1995), proportion of failures; Christoffersen (1998), independence and conditional
coverage; Acerbi, Szekely (2014), second test of expected shortfall; Basel Committee (1996), the
traffic light; Dufour (2006), Monte-Carlo tests with ties broken at random.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from ml.estimator import Booleans, Floats

Light = Literal["green", "yellow", "red"]
Statistic = Callable[[Booleans, float], Floats]
"""Of hits, the last axis time, and of how often they should be."""

LEAST_EXPECTED_HITS = 2.5
"""Fewer allow no light: 250 days at 1 %, as Basel asks."""
GREEN, YELLOW = 0.95, 0.9999
# with the observed one ten thousand, made in parts that fit into memory
SIMULATIONS, AT_ONCE, RUNS = 9_999, 1_000, 10
TIE = 1e-9


class TooFewDaysError(ValueError):
    """There are not enough days to judge by."""


@dataclass(frozen=True)
class LikelihoodRatio:
    """A likelihood ratio with its two p-values: few days make the first one wrong.

    `asymptotic_p` is by chi-square; `exact_p` is exact under the null, by enumeration or by
    simulation.
    """

    statistic: float
    asymptotic_p: float
    exact_p: float


@dataclass(frozen=True)
class Transitions:
    """How often a day without or with a hit was followed by one without or with.

    Numbers, or arrays of one a series.
    """

    n00: ArrayLike
    n10: ArrayLike
    n01: ArrayLike
    n11: ArrayLike

    @classmethod
    def of(cls, hits: Booleans) -> "Transitions":
        """Count them along the last axis; `n10` is a hit followed by none, `n01` the reverse."""
        before, after = hits[..., :-1], hits[..., 1:]
        return cls(
            *(
                np.count_nonzero((before == first) & (after == second), axis=-1)
                for first, second in ((0, 0), (1, 0), (0, 1), (1, 1))
            )
        )


def proportion_of_failures(hits: ArrayLike, p: float) -> LikelihoodRatio:
    """Kupiec's test of the number of hits; its exact p-value adds up the binomial distribution."""
    from scipy.stats import binom

    flags = _flags(hits)
    count = len(flags)
    observed = kupiec_statistic(int(flags.sum()), count, p)
    every = np.arange(count + 1)
    statistics = kupiec_statistic(every, count, p)
    as_far = statistics >= observed - TIE
    exact = float(binom.pmf(every, count, p)[as_far].sum())
    return LikelihoodRatio(float(observed), _chi_square_p(observed, 1), min(exact, 1.0))


def independence(hits: ArrayLike, p: float, seed: int = 0) -> LikelihoodRatio:
    """Christoffersen's test of hits that follow each other; simulated under independent hits."""
    return _simulated(hits, p, seed, _independence, degrees=1)


def conditional_coverage(hits: ArrayLike, p: float, seed: int = 0) -> LikelihoodRatio:
    """Both tests together: as many hits as promised, and none because of the one before."""
    return _simulated(hits, p, seed, _conditional_coverage, degrees=2)


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


def traffic_light(hits: int, count: int, p: float) -> Light:
    """Green, yellow or red by the binomial distribution.

    Raises TooFewDaysError where fewer than `LEAST_EXPECTED_HITS` hits are expected.
    """
    from scipy.stats import binom

    if count * p < LEAST_EXPECTED_HITS:
        wanted = int(np.ceil(LEAST_EXPECTED_HITS / p))
        raise TooFewDaysError(f"not enough days: {count} of {wanted}")
    as_few = float(binom.cdf(hits, count, p))
    return "green" if as_few < GREEN else "yellow" if as_few < YELLOW else "red"


def _flags(hits: ArrayLike) -> Booleans:
    flags = np.asarray(hits, bool)
    if len(flags) < 2:
        raise TooFewDaysError(f"not enough days: {len(flags)} of 2")
    return flags


def _log_likelihood(misses: ArrayLike, hits: ArrayLike, rate: ArrayLike) -> Floats:
    from scipy.special import xlogy

    return xlogy(misses, 1 - np.asarray(rate)) + xlogy(hits, rate)


def _chi_square_p(statistic: ArrayLike, degrees: int) -> float:
    from scipy.stats import chi2

    return float(chi2.sf(statistic, degrees))


def _independence(flags: Booleans, p: float) -> Floats:
    return independence_statistic(Transitions.of(flags))


def _conditional_coverage(flags: Booleans, p: float) -> Floats:
    of_number = kupiec_statistic(np.count_nonzero(flags, axis=-1), flags.shape[-1], p)
    return of_number + _independence(flags, p)


def _simulated(
    hits: ArrayLike, p: float, seed: int, statistic: Statistic, *, degrees: int
) -> LikelihoodRatio:
    """A statistic with its rank among those of independent hits, ties broken at random."""
    flags = _flags(hits)
    observed = float(statistic(flags, p))
    simulated = _under_the_null(statistic, len(flags), p, seed)
    equal = int(np.count_nonzero(np.abs(simulated - observed) < TIE))
    beyond = int(np.count_nonzero(simulated >= observed + TIE))
    # of equals, those that a draw puts above: uniform under the null, however few values there are;
    # the same hits give the same draws
    own = int.from_bytes(hashlib.sha256(flags.tobytes()).digest()[:8])
    draws = np.random.default_rng((seed, own)).random(equal + 1)
    beyond += int(np.count_nonzero(draws[1:] > draws[0]))
    exact = (1 + beyond) / (SIMULATIONS + 1)
    return LikelihoodRatio(observed, _chi_square_p(observed, degrees), exact)


@lru_cache(maxsize=64)
def _under_the_null(statistic: Statistic, count: int, p: float, seed: int) -> Floats:
    """The statistic of many series of independent hits: the same for every model and symbol."""
    random = np.random.default_rng(seed)
    return np.concatenate([statistic(random.random((AT_ONCE, count)) < p, p) for _ in range(RUNS)])[
        :SIMULATIONS
    ]
