"""A scale for a symbol that has neither a past nor others beside it: days of other markets."""

import json
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

FILE = Path(__file__).with_suffix(".json")
LEVELS = tuple(level / 20 for level in range(21))


@dataclass(frozen=True)
class Scale:
    """Quantiles of one measure at `LEVELS`, over so many days of real trades."""

    day_count: int
    quantiles: Sequence[float]

    def place(self, value: float) -> float:
        """Where a value lies, 0 to 1, by a straight line between neighbouring quantiles.

        Where several are equal to it, in their middle, as `percentile` counts equal days half.
        """
        first, last = bisect_left(self.quantiles, value), bisect_right(self.quantiles, value)
        if last > first:
            return (LEVELS[first] + LEVELS[last - 1]) / 2
        return float(np.interp(value, self.quantiles, LEVELS))


@cache
def scales() -> Mapping[str, Scale]:
    """The committed scales by measure; `reference_scales` writes them."""
    table = json.loads(FILE.read_text(encoding="utf-8"))
    return {name: Scale(**scale) for name, scale in table["measures"].items()}
