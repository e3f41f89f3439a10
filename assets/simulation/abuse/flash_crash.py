"""Flash crash: sellers empty the book within minutes, then the price comes back."""

import numpy as np

from assets.simulation.episodes import Severity
from assets.simulation.orders import BUY, SELL, Orders
from assets.simulation.scene import Planted, Scene, moments, route, shares, wobble
from assets.simulation.severities import moved

TYPOLOGY = "flash_crash"


def flash_crash(
    random: np.random.Generator, scene: Scene, start: int, severity: Severity
) -> Planted:
    """Plant a fall of one to four minutes and a recovery of most of it within half an hour."""
    fall = random.uniform(*moved(TYPOLOGY, severity))
    depth = np.log1p(-fall)
    falling = int(random.integers(60, 241))
    resting = int(random.integers(10, 60))
    recovery = int(random.integers(420, 1_200))
    recovered = random.uniform(0.7, 0.95)
    low = falling + resting
    hour = scene.usual_hour(start)
    sold, bought = hour * random.uniform(1.0, 2.0), hour * random.uniform(0.6, 1.2)
    parts = (
        _orders(random, scene, (start, falling), 0.05, sold, (220, 380)),
        _orders(random, scene, (start + falling, resting), 0.5, hour * 0.2, (30, 60)),
        _orders(random, scene, (start + low, recovery), 0.7, bought, (250, 450)),
    )
    length = low + recovery
    shift = route(
        length,
        (0, 0),
        (falling * 0.4, depth * 0.25),
        (falling, depth),
        (low, depth * 0.97),
        (low + recovery * 0.35, depth * (1 - 0.55 * recovered)),
        (length, depth * (1 - recovered)),
    )
    return Planted(
        Orders.together(parts),
        scene.abuse(
            TYPOLOGY,
            start * 1_000,
            (start + length) * 1_000,
            severity,
            f"The price falls {fall:.1%} within {falling} s and takes back "
            f"{recovered:.0%} of it within {recovery // 60} minutes.",
        ),
        start,
        shift + wobble(random, length, 0.002),
    )


def _orders(
    random: np.random.Generator,
    scene: Scene,
    window: tuple[int, int],
    buying: float,
    money: float,
    counts: tuple[int, int],
) -> Orders:
    count = scene.many(random.integers(*counts))
    at_ms = moments(random, *window, count)
    return Orders.of(
        at_ms,
        np.where(random.random(count) < buying, BUY, SELL),
        scene.lots(shares(random, money, count, 1.0), at_ms),
        scene.accounts.pick(random, "retail", count),
        event="FLASH_CRASH",
    )
