"""Marking the reference: trades push a price just before it is recorded; then it reverts."""

import numpy as np

from assets.simulation.abusers import honest_flow, quiet_accounts, size_of_move
from assets.simulation.episodes import Severity
from assets.simulation.orders import Orders
from assets.simulation.scene import Planted, Scene, moments, route, shares
from assets.simulation.severities import SCALES

TYPOLOGY = "marking_the_reference"
# reference prices (funding, index, settlement) are recorded on the hour
REFERENCE_EVERY = 3_600


def marking_the_reference(
    random: np.random.Generator, scene: Scene, start: int, severity: Severity
) -> Planted:
    """Plant one-sided orders in the last one to three minutes before the next full hour."""
    scale = SCALES[TYPOLOGY][severity]
    length = int(random.integers(60, 181))
    reference = -(-(start + length) // REFERENCE_EVERY) * REFERENCE_EVERY
    begin = reference - length
    side = 1 if random.random() < 0.5 else -1
    move = size_of_move(random, scene, TYPOLOGY, severity, begin, length)
    count = scene.many(random.integers(15, 40))
    money = scene.money_for(random.uniform(*scale.share), begin, length)
    account = quiet_accounts(random, scene, begin, scale)
    at_ms = begin * 1_000 + length * 1_000 - moments(random, 0, length, count, early=1.8) - 1
    orders = Orders.of(
        at_ms,
        side,
        scene.lots(shares(random, money, count, 0.6), at_ms),
        account,
        event="MARK",
    )
    back = int(random.integers(300, 900))
    honest = honest_flow(random, scene, account, money, begin, scale)
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
        np.log1p(side * move) * route(length + back, (0, 0), (length, 1), (length + back, 0.1)),
        honest=honest,
    )
