"""Price spike: one order trades far from the market, the next trade is at the old price."""

import numpy as np

from assets.simulation.episodes import Severity
from assets.simulation.orders import Orders
from assets.simulation.scene import Planted, Scene

TYPOLOGY = "price_spike"
# log distance from the order's first to its last price
SLIP = {"low": (0.02, 0.03), "medium": (0.03, 0.05), "high": (0.05, 0.09)}


def price_spike(
    random: np.random.Generator, scene: Scene, start: int, severity: Severity
) -> Planted:
    """Plant one order through a thin part of the book, without permanent impact."""
    at_ms = np.array([start * 1_000 + random.integers(0, 1_000)])
    side = 1 if random.random() < 0.5 else -1
    slip = random.uniform(*SLIP[severity])
    fills = int(random.integers(4, 9))
    money = scene.instrument.touch_depth * random.uniform(2.0, 5.0)
    return Planted(
        Orders.of(
            at_ms,
            side,
            scene.lots(money, at_ms),
            scene.accounts.some(random, "retail", 1),
            event="PRICE_SPIKE",
            fills=fills,
            slip=slip,
        ),
        scene.abuse(
            TYPOLOGY,
            at_ms[0],
            at_ms[0] + 1,
            severity,
            f"One order of {fills} fills prints {side * slip:+.1%} away; the next is back.",
        ),
    )
