"""Slow pump: hundreds of buys of one fill each lift the price within minutes; nobody sweeps."""

import numpy as np

from assets.simulation.abusers import drawn, size_of_move
from assets.simulation.episodes import Severity
from assets.simulation.orders import BUY, SELL, Orders
from assets.simulation.scene import Planted, Scene, moments, route, shares, wobble
from assets.simulation.severities import SCALES

TYPOLOGY = "slow_pump"


def slow_pump(random: np.random.Generator, scene: Scene, start: int, severity: Severity) -> Planted:
    """Plant three or four minutes of buying and a sale to those who are left, which reverts it."""
    scale = SCALES[TYPOLOGY][severity]
    climb, dump, fade = (int(random.integers(*of)) for of in ((170, 240), (240, 600), (600, 1_200)))
    rise = size_of_move(random, scene, TYPOLOGY, severity, start, climb)
    least, most = scale.accounts
    ring = scene.accounts.some(random, "retail", int(random.integers(least, most + 1)))
    money = scene.money_for(random.uniform(*scale.share), start, climb + dump) / 2
    buys = scene.many(drawn(random, scale, "orders"))
    sells = max(buys // 2, 1)
    buys_ms = moments(random, start, climb, buys)
    sells_ms = moments(random, start + climb, dump, sells)
    parts = (
        Orders.of(buys_ms, BUY, scene.lots(shares(random, money, buys, 0.6), buys_ms),
                  random.choice(ring, buys), event="PUMP", fills=1),
        Orders.of(sells_ms, SELL, scene.lots(shares(random, money, sells, 0.6), sells_ms),
                  random.choice(ring, sells), event="DUMP", fills=1),
    )  # fmt: skip
    length = climb + dump + fade
    top, remaining = np.log1p(rise), np.log1p(rise) * random.uniform(0.1, 0.3)
    shift = route(
        length, (0, 0), (climb, top), (climb + dump, remaining * 1.2), (length, remaining)
    )
    return Planted(
        Orders.together(parts),
        scene.abuse(
            TYPOLOGY,
            start * 1_000,
            (start + climb + dump) * 1_000,
            severity,
            f"{len(ring)} accounts lift the price {rise:.1%} in {climb} s with {buys} buys of one "
            f"fill each and sell within {dump // 60} minutes after.",
        ),
        start,
        shift + wobble(random, length, rise * 0.01),
    )
