"""Intervals: a block bootstrap over symbol-days, and exact ones for counts of rare events."""

import numpy as np

REPEATS = 2_000
LEVEL = 0.95


def resampled(blocks: np.ndarray, repeats: int = REPEATS, seed: int = 0) -> np.ndarray:
    """Sums over as many blocks as there are, drawn with replacement: one row a repeat.

    `blocks` has one row a block and one column a measure; the same blocks give the same sums.
    """
    count = len(blocks)
    draws = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), repeats)
    return draws @ blocks


def ratio_interval(
    numerator: np.ndarray, denominator: np.ndarray, level: float = LEVEL
) -> tuple[float, float] | None:
    """The middle of the resampled ratios; None where nothing was ever divided by."""
    is_defined = denominator > 0
    if not is_defined.any():
        return None
    outside = 100 * (1 - level) / 2
    ratios = numerator[is_defined] / denominator[is_defined]
    least, most = np.percentile(ratios, [outside, 100 - outside])
    return float(least), float(most)


def rate_interval(count: int, exposure: float, level: float = LEVEL) -> tuple[float, float]:
    """The exact (Garwood) interval of a Poisson rate from a count over an exposure."""
    from scipy.special import gammaincinv

    outside = (1 - level) / 2
    least = gammaincinv(count, outside) if count else 0.0
    most = gammaincinv(count + 1, 1 - outside)
    return float(least) / exposure, float(most) / exposure


def count_interval(expected: float, level: float) -> tuple[int, int]:
    """The counts that a Poisson variable of this mean has with at least this probability."""
    if expected <= 0:
        return 0, 0
    outside = (1 - level) / 2
    return _poisson_quantile(outside, expected), _poisson_quantile(1 - outside, expected)


def _poisson_quantile(probability: float, mean: float) -> int:
    """The least count that a Poisson variable does not exceed with this probability."""
    # scipy.stats costs a CPU second, and each run writes the detectors' page
    from scipy.special import pdtr, pdtrik

    count = int(np.ceil(pdtrik(probability, mean)))
    return count - 1 if count and pdtr(count - 1, mean) >= probability else count
