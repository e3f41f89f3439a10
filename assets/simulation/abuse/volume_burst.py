"""Volume burst: minutes of trading far above the usual at that time of day, without a move."""

from collections.abc import Mapping

import numpy as np

from assets.simulation.episodes import Severity
from assets.simulation.orders import BUY, SELL, Orders
from assets.simulation.scene import Planted, Scene, moments, shares
from assets.simulation.severities import SCALES

# the detector that should find it
TYPOLOGY = "volume_spike"
# multiple of the usual notional of five minutes at this time of day
# (a symbol of thirty trades in five minutes varies by a factor of three by itself)
MULTIPLE = {"low": (600, 800), "medium": (800, 1000), "high": (1000, 1300)}


ORDERS_A_SECOND = (9.0, 11.0)
# as conspicuous in a market whose sizes vary more widely, and with longer days
MODEST_ORDERS_A_SECOND = (1.5, 3.0)


def volume_burst(
    random: np.random.Generator,
    scene: Scene,
    start: int,
    severity: Severity,
    multiples: Mapping[str, tuple[float, float]] = MULTIPLE,
    orders_a_second: tuple[float, float] = ORDERS_A_SECOND,
) -> Planted:
    """Plant ten to twelve minutes of many orders on both sides, from a handful of accounts."""
    length = int(random.integers(600, 721))
    multiple = random.uniform(*multiples[severity])
    money = scene.usual_at_this_time(start, length) * multiple
    count = scene.many(length * random.uniform(*orders_a_second))
    desks = scene.accounts.some(random, "algorithm", int(random.integers(3, 7)))
    at_ms = moments(random, start, length, count)
    orders = Orders.of(
        at_ms,
        np.where(random.random(count) < random.uniform(0.45, 0.55), BUY, SELL),
        scene.lots(shares(random, money, count, 0.8), at_ms),
        random.choice(desks, count),
        event="VOLUME_BURST",
        fills=np.where(random.random(count) < 0.1, 2, 1),
    )
    return Planted(
        orders,
        scene.abuse(
            TYPOLOGY,
            start * 1_000,
            (start + length) * 1_000,
            severity,
            f"{len(desks)} accounts trade {multiple:.0f} times the money of this "
            f"time of day for {length // 60} minutes, on both sides.",
        ),
    )


def modest_volume_burst(
    random: np.random.Generator, scene: Scene, start: int, severity: Severity
) -> Planted:
    """Plant fewer orders and less notional in the same time."""
    multiples = {severity: SCALES[TYPOLOGY][severity].drawn["usual_volume"]}
    return volume_burst(random, scene, start, severity, multiples, MODEST_ORDERS_A_SECOND)
