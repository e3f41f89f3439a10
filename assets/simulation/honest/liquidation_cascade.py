"""Liquidation cascade: a venue sells the positions of many as the price falls, ever faster."""

import numpy as np

from assets.simulation.episodes import Episode
from assets.simulation.orders import SELL, Orders
from assets.simulation.scene import Planted, Scene, moments, route, shares

TYPOLOGY = "liquidation_cascade"
FALL = (0.02, 0.04)
# the fall is no smaller than this multiple of the volatility over its time
SIGMAS = 4.0
SHARE = (0.2, 0.5)


def liquidation_cascade(random: np.random.Generator, scene: Scene, start: int) -> Planted:
    """Plant five to ten minutes of forced sales, ever faster, and the recovery of a half."""
    length = int(random.integers(300, 601))
    back = int(random.integers(600, 1_800))
    fall = max(random.uniform(*FALL), SIGMAS * scene.volatility(start, length))
    count = scene.many(random.integers(60, 140))
    # mirrored: late sales are closer together
    at_ms = np.sort((2 * start + length) * 1_000 - moments(random, start, length, count, early=1.6))
    money = scene.money_for(random.uniform(*SHARE), start, length)
    orders = Orders.of(
        at_ms,
        SELL,
        scene.lots(shares(random, money, count, 1.0), at_ms),
        scene.accounts.pick(random, "retail", count),
    )
    depth = np.log1p(-fall)
    return Planted(
        orders,
        Episode.look_alike(
            TYPOLOGY,
            scene.instrument.symbol,
            start * 1_000,
            (start + length + back) * 1_000,
            f"{count} positions are liquidated within {length} s, and the price falls {fall:.1%}.",
        ),
        start,
        route(
            length + back,
            (0, 0),
            (length * 0.5, depth * 0.3),
            (length, depth),
            (length + back, depth * random.uniform(0.4, 0.7)),
        ),
    )
