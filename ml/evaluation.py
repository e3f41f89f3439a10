"""Evaluate a scorer at its alert budget: never ROC-AUC, never point-adjusted."""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from ml.anomaly import MarketAnomaly
from ml.estimator import Floats


def recall_at(clean: Floats, planted: Floats, false_share: float = 0.001) -> float:
    """Share of planted windows above the score that at most this share of clean ones exceeds."""
    threshold = float(np.quantile(clean, 1 - false_share, method="higher"))
    return float(np.mean(planted > threshold))


def planted_recall(
    model: MarketAnomaly,
    values: Floats,
    symbols: NDArray[np.str_],
    false_share: float,
    *,
    window_count: int = 500,
    seed: int = 0,
) -> float:
    """Share of real windows that are found, p <= `false_share`, once four features are moved.

    Each of the four, drawn at random, is moved three deviations of its normal score to one side.
    """
    random = np.random.default_rng(seed)
    rows = np.sort(random.permutation(len(values))[:window_count])
    moved = shifted(model.normal_scores(values[rows], symbols[rows]), random)
    distances, _ = model.distances(moved)
    return float(np.mean(model.p_values(distances, symbols[rows]) <= false_share))


def shifted(
    scores: Floats, random: Generator, feature_count: int = 4, shift: float = 3.0
) -> Floats:
    """Move a few random features of each window up or down by `shift` deviations."""
    moved = scores.copy()
    for row in moved:
        chosen = random.choice(len(row), size=min(feature_count, len(row)), replace=False)
        row[chosen] += shift * random.choice([-1.0, 1.0], size=len(chosen))
    return moved
