"""Self-trade: an account takes its own resting orders."""

import numpy as np

from assets.simulation.abusers import arranged, drawn, honest_flow, quiet_accounts
from assets.simulation.episodes import Severity
from assets.simulation.orders import BUY, SELL
from assets.simulation.scene import Planted, Scene, moments, shares
from assets.simulation.severities import SCALES

TYPOLOGY = "self_trade"


def self_trade(
    random: np.random.Generator, scene: Scene, start: int, severity: Severity
) -> Planted:
    """Plant 20 to 60 minutes of trades of one account with itself, of different sizes."""
    scale = SCALES[TYPOLOGY][severity]
    length = int(random.integers(1_200, 3_601))
    accounts = quiet_accounts(random, scene, start, scale)
    count = scene.at_most(drawn(random, scale, "times"))
    at_ms = moments(random, start, length, count)
    side = np.where(random.random(count) < 0.5, BUY, SELL)
    money = scene.money_for(random.uniform(*scale.share), start, length)
    lots = scene.lots(shares(random, money, count, 0.6), at_ms)
    honest = honest_flow(random, scene, accounts, 2 * money, start, scale)
    return Planted(
        arranged(at_ms, side, lots, accounts[0], accounts[0]),
        scene.abuse(
            TYPOLOGY,
            start * 1_000,
            (start + length) * 1_000,
            severity,
            f"{scene.accounts.name(accounts[0])} trades with itself {count} times in "
            f"{length // 60} minutes.",
        ),
        honest=honest,
    )
