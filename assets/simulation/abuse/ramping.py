"""Ramping: one account buys at ever higher prices, so that the price seems to rise."""

import numpy as np

from assets.simulation.abusers import honest_flow, quiet_accounts, size_of_move
from assets.simulation.episodes import Severity
from assets.simulation.orders import BUY, SELL, Orders
from assets.simulation.scene import Planted, Scene, moments, route, shares, wobble
from assets.simulation.severities import SCALES

TYPOLOGY = "ramping"


def ramping(random: np.random.Generator, scene: Scene, start: int, severity: Severity) -> Planted:
    """Plant 20 to 50 minutes of buying and a sale within minutes, which reverts most of the
    move."""
    scale = SCALES[TYPOLOGY][severity]
    climb = int(random.integers(1_200, 3_000))
    rise = size_of_move(random, scene, TYPOLOGY, severity, start, climb)
    sale = int(random.integers(240, 600))
    fade = int(random.integers(600, 1_200))
    remaining = rise * random.uniform(0.2, 0.5)
    # half of it is bought, half sold
    money = scene.money_for(random.uniform(*scale.share), start, climb + sale) / 2
    (account,) = quiet_accounts(random, scene, start, scale)
    count = scene.many(climb / 60 * random.uniform(*scale.drawn["orders_a_minute"]))
    buys_ms = moments(random, start, climb, count)
    sells = max(count // 6, 1)
    sells_ms = moments(random, start + climb, sale, sells)
    parts = (
        Orders.of(buys_ms, BUY, scene.lots(shares(random, money, count, 0.4), buys_ms),
                  account, event="RAMP"),
        Orders.of(sells_ms, SELL, scene.lots(shares(random, money, sells, 0.4), sells_ms),
                  account, event="RAMP"),
    )  # fmt: skip
    length = climb + sale + fade
    top = np.log1p(rise)
    shift = route(
        length, (0, 0), (climb, top), (climb + sale, remaining * 1.3), (length, remaining)
    )
    return Planted(
        Orders.together(parts),
        scene.abuse(
            TYPOLOGY,
            start * 1_000,
            (start + climb + sale) * 1_000,
            severity,
            f"One account lifts the price {rise:.1%} in {climb // 60} minutes with {count} small "
            f"buys and sells within {sale // 60} minutes after.",
        ),
        start,
        shift + wobble(random, length, rise * 0.02),
        honest=honest_flow(random, scene, np.array([account]), 2 * money, start, scale),
    )
