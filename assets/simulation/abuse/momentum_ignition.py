"""Momentum ignition: a burst of orders starts a move, and its author trades against followers."""

import numpy as np

from assets.simulation.abusers import honest_flow, quiet_accounts, size_of_move
from assets.simulation.episodes import Severity
from assets.simulation.orders import Orders
from assets.simulation.scene import Planted, Scene, moments, route, shares
from assets.simulation.severities import SCALES

TYPOLOGY = "momentum_ignition"


def momentum_ignition(
    random: np.random.Generator, scene: Scene, start: int, severity: Severity
) -> Planted:
    """Plant a burst of 4 to 12 s, a minute or two of followers, and the way out against them."""
    side = 1 if random.random() < 0.5 else -1
    scale = SCALES[TYPOLOGY][severity]
    burst = int(random.integers(4, 13))
    follow = int(random.integers(60, 150))
    back = int(random.integers(120, 400))
    move = size_of_move(random, scene, TYPOLOGY, severity, start, burst + follow)
    (account,) = quiet_accounts(random, scene, start, scale)
    money = scene.money_for(random.uniform(*scale.share), start, burst + follow) / 2
    first = scene.many(random.integers(12, 30))
    out = scene.many(random.integers(8, 20))
    crowd = scene.many(random.integers(60, 140))
    first_ms = moments(random, start, burst, first)
    out_ms = moments(random, start + burst + follow * 0.3, follow * 0.7, out)
    crowd_ms = moments(random, start + burst, follow, crowd, early=1.4)
    followers = np.where(random.random(crowd) < 0.85, side, -side)
    parts = (
        Orders.of(first_ms, side, scene.lots(shares(random, money, first, 0.5), first_ms),
                  account, event="IGNITE"),
        Orders.of(out_ms, -side, scene.lots(shares(random, money, out, 0.5), out_ms),
                  account, event="IGNITE"),
        Orders.of(crowd_ms, followers, scene.lots(shares(random, money, crowd, 1.0), crowd_ms),
                  scene.accounts.pick(random, "retail", crowd)),
    )  # fmt: skip
    length = burst + follow + back
    shift = route(
        length, (0, 0), (burst, 0.6), (burst + follow * 0.5, 1), (burst + follow, 0.7), (length, 0)
    )
    return Planted(
        Orders.together(parts),
        scene.abuse(
            TYPOLOGY,
            start * 1_000,
            (start + burst + follow) * 1_000,
            severity,
            f"{first} orders in {burst} s move the price {side * move:+.1%}; others follow, and "
            "the account that began trades against them.",
        ),
        start,
        np.log1p(side * move) * shift,
        honest=honest_flow(random, scene, np.array([account]), 2 * money, start, scale),
    )
