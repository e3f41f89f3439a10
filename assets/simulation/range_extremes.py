"""The least and the greatest value of an array between any two of its places, for many at once."""

import numpy as np


class RangeExtremes:
    """Extremes over ranges of up to `longest` places; twice log2(longest) copies of the values."""

    def __init__(self, values: np.ndarray, longest: int) -> None:
        self._least, self._greatest = [values], [values]
        width = 1
        while 2 * width <= longest and 2 * width <= len(values):
            low, high = self._least[-1], self._greatest[-1]
            self._least.append(np.minimum(low[:-width], low[width:]))
            self._greatest.append(np.maximum(high[:-width], high[width:]))
            width *= 2

    def least(self, first: np.ndarray, last: np.ndarray) -> np.ndarray:
        """The least value from the first to the last place, both included."""
        return self._over(self._least, np.minimum, first, last)

    def greatest(self, first: np.ndarray, last: np.ndarray) -> np.ndarray:
        """The greatest value from the first to the last place, both included."""
        return self._over(self._greatest, np.maximum, first, last)

    def _over(
        self, levels: list[np.ndarray], extreme: np.ufunc, first: np.ndarray, last: np.ndarray
    ) -> np.ndarray:
        # frexp gives the greatest power of two that fits, exactly; two such ranges cover all
        level = np.frexp((last - first + 1).astype(np.float64))[1] - 1
        found = np.empty(len(first))
        for number, values in enumerate(levels):
            rows = np.flatnonzero(level == number)
            width = 1 << number
            found[rows] = extreme(values[first[rows]], values[last[rows] - width + 1])
        return found
