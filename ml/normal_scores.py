"""Features of any shape on one scale: the normal score of a value's rank among earlier values."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.random import Generator

from ml.estimator import Estimator, Floats, significant


@dataclass
class NormalScores(Estimator):
    """Map each feature to the standard normal quantile of its rank in the sample it was fitted on.

    Beyond the sample a score continues to rise, but only with the logarithm of the excess: ranks
    are undefined there, and a single extreme value must not dominate everything else. A value that
    many windows share (no rush order) takes the middle of its ranks.

    Parameters
    ----------
    knot_count
        Number of stored points of each distribution, evenly spaced in normal scores.

    Attributes
    ----------
    knots_
        Values at the knots, one column a feature.
    limit_
        Normal score of the sample's largest value; the smallest has its negative.
    """

    knot_count: int = 129

    def fit(self, features: Floats) -> Self:
        """Learn each feature's distribution; there must be no missing value."""
        if self.knot_count < 3:
            raise ValueError(f"knot_count must be at least 3, was {self.knot_count}")
        count = len(features)
        if count < 2 or np.isnan(features).any():
            raise ValueError("normal scores need at least two rows and no missing value")
        # imported where a model is made: many a run makes none, and it takes a quarter of a second
        from scipy.special import ndtr, ndtri

        self.limit_ = float(significant(ndtri(1 - 0.5 / count)))
        places = np.clip(ndtr(self._grid()) * count - 0.5, 0, count - 1)
        ordered = np.sort(features, axis=0)
        below = np.floor(places).astype(int)
        above = np.minimum(below + 1, count - 1)
        share = (places - below)[:, np.newaxis]
        # exact for equal neighbours: a value that many windows share must be reproduced exactly
        self.knots_ = ordered[below] + share * (ordered[above] - ordered[below])
        return self

    def transform(self, features: Floats, spread: Generator | None = None) -> Floats:
        """Give the normal scores; a missing value stays missing.

        `spread` draws a place at random among the ranks that equal values share, so that what a
        covariance is estimated from has no lump of equal rows.
        """
        return np.column_stack(
            [
                self._column(features[:, j], self.knots_[:, j], spread)
                for j in range(self.knots_.shape[1])
            ]
        )

    def _grid(self) -> Floats:
        return np.linspace(-self.limit_, self.limit_, self.knot_count)

    def _column(self, values: Floats, knots: Floats, spread: Generator | None) -> Floats:
        from scipy.special import ndtr, ndtri

        grid = self._grid()
        high = np.interp(values, knots, grid)
        low = -np.interp(-values, -knots[::-1], -grid[::-1])
        place = 0.5 if spread is None else spread.random(len(values))
        shared = ndtri(ndtr(low) + place * (ndtr(high) - ndtr(low)))
        scores = np.where(high > low, shared, high)
        middle = np.interp([-1.0, 1.0], grid, knots)
        scores += np.log1p(np.maximum(values - knots[-1], 0) / _width(middle[1], knots[-1], knots))
        scores -= np.log1p(np.maximum(knots[0] - values, 0) / _width(knots[0], middle[0], knots))
        return scores

    def state(self) -> dict[str, Any]:
        """The learnt parameters, as numbers for JSON."""
        return {"limit": self.limit_, "knots": self.knots_.tolist()}

    def restore(self, state: dict[str, Any]) -> Self:
        """Restore the learnt parameters from `state`."""
        self.limit_ = float(state["limit"])
        self.knots_ = np.array(state["knots"], dtype=np.float64)
        return self


def _width(low: float, high: float, knots: Floats) -> float:
    # a constant feature has no width: then its width is one unit
    return (high - low) or (knots[-1] - knots[0]) or 1.0
