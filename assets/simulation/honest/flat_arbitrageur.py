"""Flat arbitrageur: buys from anybody, sells the same to anybody within a minute, all day."""

import numpy as np

from assets.simulation.background import DAY
from assets.simulation.episodes import Episode
from assets.simulation.honest.makers_all_day import times_of_crowd
from assets.simulation.orders import BUY, SELL, Orders
from assets.simulation.scene import Planted, Scene
from assets.simulation.sizes import algorithm_lots

TYPOLOGY = "flat_arbitrageur"
ROUND_TRIPS = 0.02
HELD_MS = (500, 60_000)


def flat_arbitrageur(random: np.random.Generator, scene: Scene, start: int) -> Planted:
    """Plant a day of round trips of one account, each flat again, with changing counterparties."""
    account = scene.accounts.some(random, "algorithm", 1)
    opened_ms = times_of_crowd(random, scene, start, ROUND_TRIPS)
    # none is opened so late that it would end on the next day
    opened_ms = np.minimum(opened_ms, (start + DAY) * 1_000 - HELD_MS[1] - 1)
    closed_ms = opened_ms + random.integers(*HELD_MS, len(opened_ms))
    price = np.exp(scene.path.log_mid[opened_ms // 1_000])
    lots = algorithm_lots(random, scene.instrument, price)
    side = np.where(random.random(len(opened_ms)) < 0.5, BUY, SELL)
    return Planted(
        Orders.together(
            [Orders.of(opened_ms, side, lots, account), Orders.of(closed_ms, -side, lots, account)]
        ),
        Episode.look_alike(
            TYPOLOGY,
            scene.instrument.symbol,
            start * 1_000,
            (start + DAY) * 1_000,
            f"{scene.accounts.name(account[0])} opens and closes a position {len(opened_ms)} times "
            "and is flat after each.",
        ),
    )
