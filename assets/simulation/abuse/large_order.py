"""Large order: one order many times larger than any before, through the book in one millisecond."""

import numpy as np

from assets.simulation.episodes import Severity
from assets.simulation.orders import BUY, SELL, Orders
from assets.simulation.scene import Planted, Scene, route
from assets.simulation.severities import SCALES

TYPOLOGY = "large_order"


def large_order(
    random: np.random.Generator, scene: Scene, start: int, severity: Severity
) -> Planted:
    """Plant one order of 12 to 40 fills; a part of its impact is permanent."""
    scale = SCALES[TYPOLOGY][severity]
    at_ms = np.array([start * 1_000 + random.integers(0, 1_000)])
    side = BUY if random.random() < 0.5 else SELL
    multiple = random.uniform(*scale.drawn["largest_before"])
    slip = random.uniform(*scale.drawn["slip"])
    money = scene.largest_orders(start, 1)[0] * multiple
    account = scene.accounts.pick(random, "institution", 1)
    fills = int(random.integers(12, 41))
    orders = Orders.of(
        at_ms,
        side,
        scene.lots(money, at_ms),
        account,
        event="LARGE_ORDER",
        fills=fills,
        slip=slip,
    )
    back = int(random.integers(120, 600))
    return Planted(
        orders,
        scene.abuse(
            TYPOLOGY,
            int(at_ms[0]),
            int(at_ms[0]) + 1,
            severity,
            f"One order {multiple:.0f} times larger than any of the days before, "
            f"{fills} fills in one millisecond, {slip:.2%} through the book.",
        ),
        start + 1,
        side * slip * route(back, (0, 0), (1, 0.9), (back, random.uniform(0.2, 0.5))),
    )
