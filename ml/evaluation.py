"""How good is a scorer at the budget it will be given: never ROC-AUC, never point-adjusted."""

from collections.abc import Callable

import numpy as np
from numpy.random import Generator

from ml.estimator import Floats


def threshold_at(clean: Floats, false_share: float) -> float:
    """The score that at most this share of clean windows exceeds."""
    return float(np.quantile(clean, 1 - false_share, method="higher"))


def recall_at(clean: Floats, planted: Floats, false_share: float = 0.001) -> float:
    """Share of planted windows above the score that this share of clean windows exceeds."""
    return float(np.mean(planted > threshold_at(clean, false_share)))


def planted(
    scores: Floats,
    inverse: Callable[[Floats], Floats],
    random: Generator,
    feature_count: int = 4,
    shift: float = 3.0,
) -> Floats:
    """Shift a few random features of each window, given as normal scores, away or together."""
    shifted = scores.copy()
    for row in shifted:
        chosen = random.choice(len(row), size=min(feature_count, len(row)), replace=False)
        row[chosen] += shift * random.choice([-1.0, 1.0], size=len(chosen))
    return inverse(shifted)
