"""News: the large coins move together for half an hour, on high volume."""

from collections.abc import Sequence

import numpy as np

from assets.simulation.background import Path
from assets.simulation.episodes import Episode
from assets.simulation.scene import route

TYPOLOGY = "news_move"


def news_move(random: np.random.Generator, paths: Sequence[Path], start: int) -> list[Episode]:
    """Move the prices by 1.5 to 3.5 % within 15 to 30 minutes; activity triples and wears off."""
    move = random.choice([-1, 1]) * random.uniform(0.015, 0.035)
    length = int(random.integers(900, 1_800))
    busy = length + 2_700
    height = random.uniform(1.8, 3.0)
    for path in paths:
        size = move * path.instrument.beta * random.uniform(0.85, 1.15)
        path.shift(start, size * route(length, (0, 0), (length * 0.3, 0.5), (length, 1)))
        excess = route(busy, (0, height), (length, height * 0.6), (busy, 0))
        path.activity[start : start + busy] *= 1 + excess
    return [
        Episode.look_alike(
            TYPOLOGY,
            path.instrument.symbol,
            start * 1_000,
            (start + busy) * 1_000,
            f"News moves the large coins by {move:+.1%} within {length // 60} minutes.",
        )
        for path in paths
    ]
