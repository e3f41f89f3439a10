"""Pre-arranged pair: two accounts meet each other far more often than chance would let them."""

import numpy as np

from assets.simulation.abusers import arranged, drawn, honest_flow, quiet_accounts
from assets.simulation.episodes import Severity
from assets.simulation.orders import BUY, SELL
from assets.simulation.scene import Planted, Scene, moments, shares
from assets.simulation.severities import SCALES

TYPOLOGY = "pre_arranged_pair"


def pre_arranged_pair(
    random: np.random.Generator, scene: Scene, start: int, severity: Severity
) -> Planted:
    """Plant 40 to 90 minutes of trades between two accounts, of any size and on either side."""
    scale = SCALES[TYPOLOGY][severity]
    length = int(random.integers(2_400, 5_401))
    pair = quiet_accounts(random, scene, start, scale)
    count = scene.at_most(drawn(random, scale, "times"))
    at_ms = moments(random, start, length, count)
    side = np.where(random.random(count) < 0.5, BUY, SELL)
    money = scene.money_for(random.uniform(*scale.share), start, length)
    lots = scene.lots(shares(random, money, count, 0.8), at_ms)
    taker = random.integers(0, 2, count)
    honest = honest_flow(random, scene, pair, 2 * money, start, scale)
    names = " and ".join(scene.accounts.name(number) for number in sorted(pair))
    return Planted(
        arranged(at_ms, side, lots, pair[taker], pair[1 - taker]),
        scene.abuse(
            TYPOLOGY,
            start * 1_000,
            (start + length) * 1_000,
            severity,
            f"{names} trade with each other {count} times in {length // 60} minutes.",
        ),
        honest=honest,
    )
