"""Makers that face each other all day: their machines meet at the best price, at every size."""

import numpy as np

from assets.simulation.background import DAY
from assets.simulation.episodes import Episode
from assets.simulation.orders import BUY, SELL, Orders
from assets.simulation.scene import Planted, Scene, shares

TYPOLOGY = "makers_all_day"
MAKERS = 3
# of the day's money, and of the crowd's number of orders
SHARE, ORDERS = (0.02, 0.06), 0.03


def makers_all_day(random: np.random.Generator, scene: Scene, start: int) -> Planted:
    """Plant a day in which each of three makers takes from the others, whenever others trade."""
    makers = scene.accounts.some(random, "maker", MAKERS)
    at_ms = times_of_crowd(random, scene, start, ORDERS)
    count = len(at_ms)
    taker = random.integers(0, len(makers), count)
    other = (taker + random.integers(1, len(makers), count)) % len(makers)
    money = scene.traded(start, start + DAY) * random.uniform(*SHARE)
    orders = Orders.of(
        at_ms,
        np.where(random.random(count) < 0.5, BUY, SELL),
        scene.lots(shares(random, money, count, 1.0), at_ms),
        makers[taker],
        fills=1,
        maker=makers[other],
    )
    names = ", ".join(scene.accounts.name(number) for number in sorted(makers))
    return Planted(
        orders,
        Episode.look_alike(
            TYPOLOGY,
            scene.instrument.symbol,
            start * 1_000,
            (start + DAY) * 1_000,
            f"Makers {names} take from each other {count} times over the day.",
        ),
    )


def times_of_crowd(
    random: np.random.Generator, scene: Scene, start: int, share: float, least: int = 6
) -> np.ndarray:
    """Times in ms within a day, as many as this share of the crowd's orders, when it trades."""
    first, last = np.searchsorted(scene.order_seconds, [start, start + DAY])
    seconds = scene.order_seconds[first:last]
    count = max(int(share * len(seconds)), least)
    if not len(seconds):
        return np.sort(start * 1_000 + random.integers(0, DAY * 1_000, count))
    return np.sort(random.choice(seconds, count) * 1_000 + random.integers(0, 1_000, count))
