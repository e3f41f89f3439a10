"""Wash trading: accounts of one owner trade with each other, back and forth, in the same sizes.

A ring has several accounts, a pair two; a single account takes its own resting orders.
"""

import numpy as np

from assets.simulation.episodes import Severity
from assets.simulation.orders import BUY, SELL, Orders
from assets.simulation.scene import Planted, Scene, moments, shares

TYPOLOGY = "wash_trading"
# matched volume relative to the crowd's at that time of day, and pairs per minute
EXTRA_VOLUME = {"low": (0.5, 0.7), "medium": (0.8, 1.2), "high": (1.4, 2.0)}
PAIRS_A_MINUTE = {"low": (4, 5), "medium": (5, 7), "high": (6, 9)}
# number of accounts that trade with each other: least, and upper bound excluded
RING, PAIR, SELF = (3, 6), (2, 3), (1, 2)
WITH = {1: "trades with itself", 2: "trade with each other", 3: "trade in a ring"}


def wash_pair(random: np.random.Generator, scene: Scene, start: int, severity: Severity) -> Planted:
    """Plant two accounts that trade with each other."""
    return wash_trading(random, scene, start, severity, PAIR)


def wash_self(random: np.random.Generator, scene: Scene, start: int, severity: Severity) -> Planted:
    """Plant one account that takes its own resting orders."""
    return wash_trading(random, scene, start, severity, SELF)


def wash_trading(
    random: np.random.Generator,
    scene: Scene,
    start: int,
    severity: Severity,
    members: tuple[int, int] = RING,
) -> Planted:
    """Plant a ring for 40 to 90 minutes of retail accounts that trade honestly too."""
    length = int(random.integers(2_400, 5_401))
    ring = scene.accounts.some(random, "retail", int(random.integers(*members)))
    count = scene.many(length / 60 * random.uniform(*PAIRS_A_MINUTE[severity]))
    money = scene.usual_at_this_time(start, length) * random.uniform(*EXTRA_VOLUME[severity])
    first_ms = moments(random, start, length, count)
    second_ms = first_ms + random.integers(40, 700, count)
    lots = scene.lots(shares(random, money / 2, count, 0.6), first_ms)
    side = np.where(random.random(count) < 0.5, BUY, SELL)
    taker = random.integers(0, len(ring), count)
    other = (taker + random.integers(1, max(len(ring), 2), count)) % len(ring)
    both = Orders.of(
        np.concatenate([first_ms, second_ms]),
        np.concatenate([side, -side]),
        np.concatenate([lots, lots]),
        ring[np.concatenate([taker, other])],
        event="WASH",
        priced_at_ms=np.concatenate([first_ms, first_ms]),
        fills=1,
        crosses=False,
        maker=ring[np.concatenate([other, taker])],
    )
    names = ", ".join(scene.accounts.name(number) for number in sorted(ring))
    return Planted(
        both,
        scene.abuse(
            TYPOLOGY,
            start * 1_000,
            (start + length) * 1_000,
            severity,
            f"{names} {WITH[min(len(ring), 3)]}: {count} pairs of equal size in "
            f"{length // 60} minutes.",
        ),
    )
