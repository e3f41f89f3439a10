"""Marking the reference: trades push a price just before it is recorded; then it reverts."""

import numpy as np

from assets.simulation.episodes import Severity
from assets.simulation.orders import Orders
from assets.simulation.scene import Planted, Scene, moments, route, shares

TYPOLOGY = "marking_the_reference"
# reference prices (funding, index, settlement) are recorded on the hour
REFERENCE_EVERY = 3_600
MOVE = {"low": (0.004, 0.007), "medium": (0.007, 0.012), "high": (0.012, 0.02)}
# notional in multiples of the usual one in the same time
MULTIPLE = {"low": (2, 4), "medium": (4, 8), "high": (8, 14)}


def marking_the_reference(
    random: np.random.Generator, scene: Scene, start: int, severity: Severity
) -> Planted:
    """Plant one-sided orders in the last one to three minutes before the next full hour."""
    length = int(random.integers(60, 181))
    reference = -(-(start + length) // REFERENCE_EVERY) * REFERENCE_EVERY
    begin = reference - length
    side = 1 if random.random() < 0.5 else -1
    move = random.uniform(*MOVE[severity])
    count = scene.many(random.integers(15, 40))
    money = scene.usual_at_this_time(begin, length) * random.uniform(*MULTIPLE[severity])
    at_ms = begin * 1_000 + length * 1_000 - moments(random, 0, length, count, early=1.8) - 1
    orders = Orders.of(
        at_ms,
        side,
        scene.lots(shares(random, money, count, 0.6), at_ms),
        scene.accounts.some(random, "algorithm", 1)[0],
        event="MARK",
    )
    back = int(random.integers(300, 900))
    return Planted(
        orders,
        scene.abuse(
            TYPOLOGY,
            begin * 1_000,
            reference * 1_000,
            severity,
            f"One account {'buys' if side > 0 else 'sells'} {count} times in the {length} s before "
            f"the full hour and moves the price {move:.1%}, which reverts.",
        ),
        begin,
        side * move * route(length + back, (0, 0), (length, 1), (length + back, 0.1)),
    )
