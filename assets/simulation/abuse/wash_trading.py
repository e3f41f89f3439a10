"""Wash ring: accounts of one owner trade with each other, back and forth, in the same sizes."""

import numpy as np

from assets.simulation.accounts import account_name
from assets.simulation.episodes import Episode, Severity
from assets.simulation.orders import BUY, SELL, Orders
from assets.simulation.scene import Planted, Scene, moments, shares

TYPOLOGY = "wash_trading"
# matched volume beside the crowd's at that time of day, and pairs a minute
EXTRA_VOLUME = {"low": (0.5, 0.7), "medium": (0.8, 1.2), "high": (1.4, 2.0)}
PAIRS_A_MINUTE = {"low": (4, 5), "medium": (5, 7), "high": (6, 9)}


def wash_trading(
    random: np.random.Generator, scene: Scene, start: int, severity: Severity
) -> Planted:
    """Plant a ring for 40 to 90 minutes; its accounts are retail ones that trade honestly too."""
    length = int(random.integers(2_400, 5_401))
    ring = scene.accounts.some(random, "retail", int(random.integers(3, 6)))
    count = int(length / 60 * random.uniform(*PAIRS_A_MINUTE[severity]))
    money = scene.usual_at_this_time(start, length) * random.uniform(*EXTRA_VOLUME[severity])
    first_ms = moments(random, start, length, count)
    second_ms = first_ms + random.integers(40, 700, count)
    lots = scene.lots(shares(random, money / 2, count, 0.6), first_ms)
    side = np.where(random.random(count) < 0.5, BUY, SELL)
    taker = random.integers(0, len(ring), count)
    other = (taker + random.integers(1, len(ring), count)) % len(ring)
    both = Orders.of(
        np.concatenate([first_ms, second_ms]),
        np.concatenate([side, -side]),
        np.concatenate([lots, lots]),
        ring[np.concatenate([taker, other])],
        event="WASH",
        priced_at_ms=np.concatenate([first_ms, first_ms]),
        fills=1,
        crosses=False,
    )
    names = ", ".join(account_name(number) for number in sorted(ring))
    return Planted(
        both,
        Episode(
            typology=TYPOLOGY,
            symbol=scene.instrument.symbol,
            start_ms=start * 1_000,
            end_ms=(start + length) * 1_000,
            is_abuse=True,
            severity=severity,
            description=f"{names} trade {count} pairs of equal size with each other in "
            f"{length // 60} minutes.",
        ),
    )
