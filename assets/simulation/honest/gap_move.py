"""Gap move: one coin is repriced within minutes, less than in a crash, and does not revert."""

import numpy as np

from assets.simulation.background import Path
from assets.simulation.episodes import Episode
from assets.simulation.scene import route

TYPOLOGY = "gap_move"


def gap_move(random: np.random.Generator, path: Path, start: int) -> Episode:
    """Lower the price by 2 to 3.5 % within three to five minutes, for good, on high activity."""
    fall = random.uniform(0.02, 0.035)
    length = int(random.integers(180, 300))
    busy = length + 1_200
    path.shift(start, -fall * route(length, (0, 0), (length, 1)))
    path.activity[start : start + busy] *= 1 + route(busy, (0, 4), (length, 3), (busy, 0))
    return Episode.look_alike(
        TYPOLOGY,
        path.instrument.symbol,
        start * 1_000,
        (start + busy) * 1_000,
        f"The price falls {fall:.1%} within {length} s and stays there.",
    )
