"""The base of every estimator: hyper-parameters are the fields of a dataclass, nothing else.

It is scikit-learn's discipline (`get_params`, `set_params`, `sklearn.base.clone` work) without
its base class, whose import takes seconds. What `fit` learns ends in an underscore.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]

SIGNIFICANT_DIGITS = 9


@dataclass
class Estimator:
    """Hyper-parameters as fields; a subclass is a dataclass too."""

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Give the hyper-parameters by name; no estimator here holds another as a parameter."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def set_params(self, **params: Any) -> Self:
        """Set hyper-parameters by name; raise ValueError for an unknown name."""
        if unknown := set(params) - set(self.get_params()):
            raise ValueError(f"{type(self).__name__} has no parameter {', '.join(sorted(unknown))}")
        for name, value in params.items():
            setattr(self, name, value)
        return self


def significant(values: ArrayLike, digits: int = SIGNIFICANT_DIGITS) -> Floats:
    """Round to a number of significant digits, so that the last bits of a sum do not matter."""
    array = np.asarray(values, dtype=np.float64)
    rounded = [float(f"{value:.{digits}g}") for value in array.ravel().tolist()]
    return np.array(rounded, dtype=np.float64).reshape(array.shape)


def by_group(groups: NDArray[np.str_]) -> Iterator[tuple[str, NDArray[np.intp]]]:
    """Yield each group's name and row numbers, in the order of the names."""
    for name in sorted(set(groups.tolist())):
        yield name, np.flatnonzero(groups == name)


def matrix(values: ArrayLike, names: Sequence[str]) -> Floats:
    """Check that the values form one row a window and one column a feature."""
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 2 or array.shape[1] != len(names):
        raise ValueError(f"expected a column for each of {len(names)} features, was {array.shape}")
    if np.isinf(array).any():
        raise ValueError("features must be finite or missing (NaN), was infinite")
    return array
