"""P-values of distances, calibrated on windows that the model was not fitted on."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from ml.estimator import Booleans, Estimator, Floats, significant

# far enough out to lie in the tail, but not in the outermost hundredth, which may be events
TAIL = (0.90, 0.97)


@dataclass
class ConformalTail(Estimator):
    """Split-conformal p-values, extrapolated by an exponential tail beyond the largest distance.

    For a window that is exchangeable with the calibration slice, P(p <= a) <= a for every a of
    at least 1 / (n + 1), whatever the distribution. Beyond the largest of the n distances the
    tail's slope (from the quantiles 0.90 and 0.97) distinguishes near from far distances; even if
    it is wrong, the rate of smaller p-values is at most 1 / (n + 1). No p-value is smaller than 1 /
    (n + 1) ** 2: a slice does not support more, and severity depends on p-values.

    Calibration distances so far out that the same tail expects `trim_expected` of them in a slice
    of this length are events, not background: they are left out, and counted, or one pump would
    hide the next.

    Attributes
    ----------
    distances_
        Calibration distances in rising order, without the trimmed ones.
    slope_
        Distance over which the tail thins out by a factor of e.
    trimmed_
        Number of calibration windows taken for events.
    """

    trim_expected: float = 0.001

    def fit(self, distances: Floats) -> Self:
        """Learn from the calibration slice's distances; none may be missing."""
        if len(distances) < 2 or np.isnan(distances).any():
            raise ValueError("calibration needs at least two distances and no missing one")
        ordered = np.sort(significant(distances))
        background = ordered[~self._events(ordered)]
        self.trimmed_ = len(ordered) - len(background)
        self.distances_ = background
        self.slope_ = _slope(background)[1]
        return self

    def p_values(self, distances: Floats) -> Floats:
        """Give the share of calibration windows at least as far out; NaN stays NaN.

        Below 1 / (n + 1) nothing was counted: the tail is extrapolated, down to 1 / (n + 1) ** 2.
        """
        count = len(self.distances_)
        as_far = count - np.searchsorted(self.distances_, distances, side="left")
        excess = np.maximum(distances - self.distances_[-1], 0)
        p_values = (1 + as_far) / (count + 1) * np.exp(-excess / self.slope_)
        return np.where(np.isnan(distances), np.nan, np.maximum(p_values, (count + 1.0) ** -2))

    def _events(self, ordered: Floats) -> Booleans:
        start, slope = _slope(ordered)
        expected = len(ordered) * (1 - TAIL[1]) * np.exp(-np.maximum(ordered - start, 0) / slope)
        return expected < self.trim_expected

    def state(self) -> dict[str, Any]:
        """The learnt parameters, as numbers for JSON."""
        return {
            "distances": self.distances_.tolist(),
            "slope": self.slope_,
            "trimmed": self.trimmed_,
        }

    def restore(self, state: dict[str, Any]) -> Self:
        """Restore the learnt parameters from `state`."""
        self.distances_ = np.array(state["distances"], dtype=np.float64)
        self.slope_ = float(state["slope"])
        self.trimmed_ = int(state["trimmed"])
        return self


def _slope(ordered: Floats) -> tuple[float, float]:
    low, start = np.quantile(ordered, TAIL)
    slope = float(significant((start - low) / np.log((1 - TAIL[0]) / (1 - TAIL[1]))))
    return float(start), slope or 1.0
