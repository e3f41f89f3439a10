"""Ramping: one account buys at ever higher prices, so that the price seems to rise."""

import numpy as np

from assets.simulation.episodes import Severity
from assets.simulation.orders import BUY, SELL, Orders
from assets.simulation.scene import Planted, Scene, moments, route, shares, wobble

TYPOLOGY = "ramping"
RISE = {"low": (0.01, 0.018), "medium": (0.018, 0.03), "high": (0.03, 0.05)}
ORDERS_A_MINUTE = {"low": (2, 3), "medium": (3, 5), "high": (4, 7)}


def ramping(random: np.random.Generator, scene: Scene, start: int, severity: Severity) -> Planted:
    """Plant 20 to 50 minutes of buying and a sale within minutes, which reverts most of the
    move."""
    rise = random.uniform(*RISE[severity])
    climb = int(random.integers(1_200, 3_000))
    sale = int(random.integers(240, 600))
    fade = int(random.integers(600, 1_200))
    remaining = rise * random.uniform(0.2, 0.5)
    money = scene.usual_at_this_time(start, climb) * random.uniform(0.15, 0.35)
    account = scene.accounts.some(random, "retail", 1)[0]
    count = scene.many(climb / 60 * random.uniform(*ORDERS_A_MINUTE[severity]))
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
    shift = route(
        length, (0, 0), (climb, rise), (climb + sale, remaining * 1.3), (length, remaining)
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
        shift + wobble(random, length, rise * 0.05),
    )
