"""Block trade: an institution's order among the largest of the last days, but no larger."""

import numpy as np

from assets.simulation.episodes import Episode
from assets.simulation.orders import BUY, SELL, Orders
from assets.simulation.scene import Planted, Scene

TYPOLOGY = "block_trade"


def block_trade(random: np.random.Generator, scene: Scene, start: int) -> Planted:
    """Plant one order between the third and the tenth largest of the days before."""
    at_ms = np.array([start * 1_000 + random.integers(0, 1_000)])
    largest = scene.largest_orders(start, 10)
    money = random.uniform(largest[-1], largest[min(2, len(largest) - 1)])
    side = BUY if random.random() < 0.5 else SELL
    account = scene.accounts.pick(random, "institution", 1)
    return Planted(
        Orders.of(at_ms, side, scene.lots(money, at_ms), account),
        Episode.look_alike(
            TYPOLOGY,
            scene.instrument.symbol,
            int(at_ms[0]),
            int(at_ms[0]) + 1,
            f"An institution trades {money:,.0f} at once: large, but not unheard of.",
        ),
    )
