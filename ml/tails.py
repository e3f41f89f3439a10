"""How heavy a tail is: Hill's estimator of the tail index (Hill 1975).

An index of three says that the chance of a value beyond x falls with x to the power of -3.
"""

import numpy as np
from numpy.typing import ArrayLike

SHARE = 0.025
"""The part of the values that is their tail."""
LEAST_TAIL = 10
"""Fewer values in the tail give no index: its error is one over the root of their number."""


def hill(values: ArrayLike, share: float = SHARE) -> float:
    """The index of the upper tail: one over the mean of ln(x / threshold) of the values beyond it.

    The threshold is the largest value that is not one of the tail. NaN where the tail is too short
    or does not lie above nought.
    """
    x = np.sort(np.asarray(values, float))
    count = int(share * len(x))
    if count < LEAST_TAIL or x[-count - 1] <= 0:
        return float("nan")
    excess = float(np.mean(np.log(x[-count:] / x[-count - 1])))
    return 1 / excess if excess > 0 else float("nan")
