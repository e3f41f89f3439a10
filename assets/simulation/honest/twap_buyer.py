"""TWAP: one large order cut into equal slices, at nearly equal times, on one side."""

import numpy as np

from assets.simulation.accounts import account_name
from assets.simulation.episodes import Episode
from assets.simulation.orders import BUY, Orders
from assets.simulation.scene import Planted, Scene, route

TYPOLOGY = "twap_buyer"


def twap_buyer(random: np.random.Generator, scene: Scene, start: int) -> Planted:
    """Plant 45 to 90 minutes of buying, a slice about every half minute; the price drifts up."""
    length = int(random.integers(2_700, 5_401))
    every = random.uniform(20, 40) / min(scene.instrument.busyness, 1.0)
    count = max(int(length / every), 1)
    beat = start + every * np.arange(count) + random.uniform(0, 0.15 * every, count)
    at_ms = (beat * 1_000).astype(np.int64)
    account = scene.accounts.pick(random, "institution", 1)
    money = 2.5 * scene.instrument.median_order * random.uniform(0.9, 1.1, count)
    orders = Orders.of(at_ms, BUY, scene.lots(money, at_ms), account, fills=1)
    return Planted(
        orders,
        Episode.look_alike(
            TYPOLOGY,
            scene.instrument.symbol,
            start * 1_000,
            (start + length) * 1_000,
            f"{account_name(account[0])} buys {count} slices, one every {every:.0f} s.",
        ),
        start,
        route(length, (0, 0), (length, random.uniform(0.001, 0.003))),
    )
