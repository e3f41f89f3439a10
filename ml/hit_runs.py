"""How hits follow each other: counted in a series, and all that chance can give, each exactly.

Nothing of a model or of the lake is known here. Source of the numbers of runs: Mood (1940), the
distribution theory of runs.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ml.estimator import Booleans, Floats

Integers = NDArray[np.int64]
NEGLIGIBLE = 1e-14
"""Rarer ways are left out; thousands of them change no p-value in its tenth digit."""


@dataclass(frozen=True)
class Transitions:
    """How often a day without or with a hit was followed by one without or with.

    `n10` is a hit followed by none, `n01` the reverse; `hits` of `count` days had one. Numbers, or
    arrays of one a series.
    """

    n00: ArrayLike
    n10: ArrayLike
    n01: ArrayLike
    n11: ArrayLike
    hits: ArrayLike
    count: int

    @classmethod
    def of(cls, hits: Booleans) -> "Transitions":
        """Count them along the last axis, which is time."""
        before, after = hits[..., :-1], hits[..., 1:]
        n00, n10, n01, n11 = (
            np.count_nonzero((before == first) & (after == second), axis=-1)
            for first, second in ((0, 0), (1, 0), (0, 1), (1, 1))
        )
        return cls(n00, n10, n01, n11, np.count_nonzero(hits, axis=-1), hits.shape[-1])


def independent_hits(count: int, p: float) -> tuple[Transitions, Floats]:
    """All transitions of independent hits with the chance of each; they add up to one.

    Series with as many hits, as many runs of them and the same ends have the same transitions: of h
    hits in r runs there are C(h-1, r-1) ways to cut the hits into runs, and likewise the misses.
    """
    from scipy.stats import binom

    likely = np.flatnonzero(binom.pmf(np.arange(count + 1), count, p) > NEGLIGIBLE)
    hits, runs, begins, ends = (
        axis.ravel()
        for axis in np.meshgrid(likely, np.arange(likely.max() + 1), (0, 1), (0, 1), indexing="ij")
    )
    misses = count - hits
    gaps = runs + 1 - begins - ends
    # no hit is no run, and one series; without a miss there is one run, and no gap
    is_possible = np.where(
        runs == 0,
        (hits == 0) & (begins + ends == 0),
        (runs <= hits) & (gaps <= misses) & ((gaps > 0) == (misses > 0)),
    )
    hits, runs, begins, ends, misses, gaps = (
        one[is_possible] for one in (hits, runs, begins, ends, misses, gaps)
    )
    chance = np.exp(
        _log_ways(hits, runs) + _log_ways(misses, gaps) + hits * np.log(p) + misses * np.log1p(-p)
    )
    is_likely = chance > NEGLIGIBLE
    hits, runs, begins, ends, misses, gaps, chance = (
        one[is_likely] for one in (hits, runs, begins, ends, misses, gaps, chance)
    )
    seen = Transitions(misses - gaps, runs - ends, runs - begins, hits - runs, hits, count)
    return seen, chance


def _log_ways(items: Integers, groups: Integers) -> Floats:
    """Logarithm of the ways to cut items in a row into so many groups, none empty."""
    from scipy.special import gammaln

    ways = gammaln(items) - gammaln(np.maximum(groups, 1)) - gammaln(items - groups + 1)
    return np.where(items == 0, 0.0, ways)
