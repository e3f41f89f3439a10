"""Wash trading: accounts of one owner trade with each other, back and forth, in the same sizes."""

import numpy as np

from assets.simulation.episodes import Severity
from assets.simulation.orders import BUY, SELL, Orders
from assets.simulation.scene import Planted, Scene, moments, shares
from assets.simulation.severities import SCALES

TYPOLOGY = "wash_trading"


def wash_trading(
    random: np.random.Generator, scene: Scene, start: int, severity: Severity
) -> Planted:
    """Plant a ring for 40 to 90 minutes of retail accounts that trade honestly too."""
    scale = SCALES[TYPOLOGY][severity]
    length = int(random.integers(2_400, 5_401))
    least, most = scale.accounts
    ring = scene.accounts.some(random, "retail", int(random.integers(least, most + 1)))
    count = scene.many(length / 60 * random.uniform(*scale.drawn["pairs_a_minute"]))
    extra = random.uniform(*scale.drawn["extra_volume"])
    money = scene.usual_at_this_time(start, length) * extra
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
            f"{names} trade in a ring: {count} pairs of equal size in {length // 60} minutes.",
        ),
    )
