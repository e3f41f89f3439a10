"""Maker crossing: two market makers trade with each other, at many sizes."""

import numpy as np

from assets.simulation.accounts import account_name
from assets.simulation.arrivals import arrivals
from assets.simulation.episodes import Episode
from assets.simulation.orders import BUY, SELL, Orders
from assets.simulation.scene import Planted, Scene
from assets.simulation.sizes import algorithm_lots

TYPOLOGY = "maker_crossing"


def maker_crossing(random: np.random.Generator, scene: Scene, start: int) -> Planted:
    """Plant an hour or so in which two makers hedge against each other, on either side."""
    length = int(random.integers(2_700, 5_401))
    pair = scene.accounts.some(random, "maker", 2)
    times, _, _ = arrivals(
        random, np.full(length, random.uniform(3, 6) / 60 * min(scene.instrument.busyness, 1.0))
    )
    at_ms = start * 1_000 + times
    price = np.exp(scene.path.log_mid[at_ms // 1_000])
    first = random.random(len(at_ms)) < 0.5
    orders = Orders.of(
        at_ms,
        np.where(random.random(len(at_ms)) < 0.5, BUY, SELL),
        algorithm_lots(random, scene.instrument, price, scale=2.0),
        np.where(first, pair[0], pair[1]),
        fills=1,
        maker=np.where(first, pair[1], pair[0]),
    )
    names = " and ".join(account_name(number) for number in sorted(pair))
    return Planted(
        orders,
        Episode.look_alike(
            TYPOLOGY,
            scene.instrument.symbol,
            start * 1_000,
            (start + length) * 1_000,
            f"Makers {names} take from each other {len(at_ms)} times, at many sizes.",
        ),
    )
