"""How anomalous a window is: the robust Mahalanobis distance of its normal scores.

Single features of an abusive window are often unremarkable; their combination is not (many
orders, little price movement, one side). Each symbol's features become normal scores, PyOD's
minimum covariance determinant learns how they move together, and a distance becomes a p-value on
a later slice of time that the model was not fitted on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ml.conformal import ConformalTail
from ml.estimator import Booleans, Estimator, Floats, by_group, matrix, significant
from ml.normal_scores import NormalScores


@dataclass(frozen=True)
class Scores:
    """One entry a window; NaN where the window could not be scored.

    `contributions` (one column a feature) sum to `distances` in each row, signed; a missing
    feature contributes nothing. `scores` lie in 0..1, higher is more suspicious: a half at
    p = 0.01, and half of the rest with each further factor of 100.
    """

    distances: Floats
    p_values: Floats
    scores: Floats
    contributions: Floats


@dataclass
class MarketAnomaly(Estimator):
    """Score windows of several symbols by the anomaly of all features, each against its own past.

    Parameters
    ----------
    features
        Names of the columns, in order.
    max_missing
        A window with more missing features than this is not scored. With fewer, its distance is
        that of the features it has, so it can only look less odd.
    max_fit_windows
        The covariance is learnt from at most this many windows, thinned evenly in time.
    support_fraction
        Share of windows that the covariance is searched among: the rest may be contaminated.
    ridge
        Variance added to each normal score before inversion: features are nearly equal (money is
        trades times their mean), and a direction with hardly any variance must not decide alone.
    trim_expected
        See `ConformalTail`.
    seed
        Seed of the search for the covariance.

    Attributes
    ----------
    scales_, tails_
        Normal scores and calibration of each symbol.
    location_, covariance_
        Location and covariance of the normal scores of all symbols together.
    """

    features: tuple[str, ...] = ()
    knot_count: int = 129
    max_missing: int = 3
    max_fit_windows: int = 4000
    support_fraction: float = 0.75
    ridge: float = 0.1
    trim_expected: float = 0.001
    seed: int = 0

    def fit(self, values: ArrayLike, symbols: NDArray[np.str_]) -> Self:
        """Learn scales and covariance from complete windows: one row each, in order of time."""
        values = matrix(values, self.features)
        # the search for the covariance must not depend on the number of threads
        from threadpoolctl import threadpool_limits

        self.scales_: dict[str, NormalScores] = {}
        self.tails_: dict[str, ConformalTail] = {}
        spread = np.random.default_rng(self.seed)
        scores = np.empty_like(values)
        for symbol, rows in by_group(symbols):
            scale = NormalScores(self.knot_count).fit(values[rows])
            self.scales_[symbol] = scale
            scores[rows] = scale.transform(values[rows], spread)
        step = -(-len(scores) // self.max_fit_windows)
        with threadpool_limits(1):
            self.location_, self.covariance_ = self._robust(scores[::step])
        return self

    def _robust(self, scores: Floats) -> tuple[Floats, Floats]:
        from pyod.models.mcd import MCD

        detector = MCD(
            # its own threshold is not used; the smallest share keeps its bookkeeping harmless
            contamination=1 / len(scores),
            support_fraction=self.support_fraction,
            random_state=self.seed,
        ).fit(scores)
        ridge = self.ridge * np.eye(scores.shape[1])
        return significant(detector.location_), significant(detector.covariance_ + ridge)

    def calibrate(self, values: ArrayLike, symbols: NDArray[np.str_]) -> Self:
        """Calibrate usual distances on complete windows later than all windows of `fit`."""
        distances, _ = self.distances(self.normal_scores(values, symbols))
        for symbol, rows in by_group(symbols):
            self.tails_[symbol] = ConformalTail(self.trim_expected).fit(distances[rows])
        return self

    def distances(self, normal_scores: Floats) -> tuple[Floats, Floats]:
        """Give squared Mahalanobis distances, and each feature's signed part of them."""
        scores = normal_scores - self.location_
        known = ~np.isnan(scores)
        parts = np.zeros_like(scores)
        for pattern in np.unique(known, axis=0):
            rows = np.flatnonzero((known == pattern).all(axis=1))
            parts[np.ix_(rows, pattern)] = self._parts(scores[np.ix_(rows, pattern)], pattern)
        distances = parts.sum(axis=1)
        unscored = (~known).sum(axis=1) > self.max_missing
        distances[unscored], parts[unscored] = np.nan, np.nan
        return distances, parts

    def _parts(self, scores: Floats, pattern: Booleans) -> Floats:
        covariance = self.covariance_[np.ix_(pattern, pattern)]
        return scores * np.linalg.solve(covariance, scores.T).T

    def normal_scores(self, values: ArrayLike, symbols: NDArray[np.str_]) -> Floats:
        """Give each feature on the scale of its own symbol; NaN for symbols that are not known."""
        values = matrix(values, self.features)
        scores = np.full_like(values, np.nan)
        for symbol, rows in by_group(symbols):
            if symbol in self.scales_:
                scores[rows] = self.scales_[symbol].transform(values[rows])
        return scores

    def p_values(self, distances: Floats, symbols: NDArray[np.str_]) -> Floats:
        """Give each distance's p-value among its own symbol's; NaN for symbols not calibrated."""
        p_values = np.full(len(distances), np.nan)
        for symbol, rows in by_group(symbols):
            if symbol in self.tails_:
                p_values[rows] = self.tails_[symbol].p_values(significant(distances[rows]))
        return significant(p_values)

    def score(self, values: ArrayLike, symbols: NDArray[np.str_]) -> Scores:
        """Give distance, p-value, score and contributions of each window."""
        distances, contributions = self.distances(self.normal_scores(values, symbols))
        p_values = self.p_values(distances, symbols)
        # p ** (log10(2) / 2) is a half at 0.01
        return Scores(
            distances=significant(distances),
            p_values=p_values,
            scores=significant(1 - p_values ** (np.log10(2) / 2)),
            contributions=contributions,
        )

    def state(self) -> dict[str, Any]:
        """The learnt parameters, as numbers for JSON."""
        return {
            "location": self.location_.tolist(),
            "covariance": self.covariance_.tolist(),
            "scales": {symbol: scale.state() for symbol, scale in self.scales_.items()},
            "tails": {symbol: tail.state() for symbol, tail in self.tails_.items()},
        }

    def restore(self, state: Mapping[str, Any]) -> Self:
        """Restore the learnt parameters from `state`."""
        self.location_ = np.array(state["location"], dtype=np.float64)
        self.covariance_ = np.array(state["covariance"], dtype=np.float64)
        self.scales_ = {
            symbol: NormalScores(self.knot_count).restore(scale)
            for symbol, scale in state["scales"].items()
        }
        self.tails_ = {
            symbol: ConformalTail(self.trim_expected).restore(tail)
            for symbol, tail in state["tails"].items()
        }
        return self
