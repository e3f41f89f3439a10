"""Pump and dump: buyers sweep a thin book, others follow, the first buyers sell to them."""

import numpy as np

from assets.simulation.episodes import Severity
from assets.simulation.orders import BUY, SELL, Orders
from assets.simulation.scene import Planted, Scene, moments, route, shares, wobble
from assets.simulation.severities import moved

TYPOLOGY = "pump_and_dump"


def pump_and_dump(
    random: np.random.Generator, scene: Scene, start: int, severity: Severity
) -> Planted:
    """Plant a pump: a sweep of seconds, a climb of minutes, a dump that reverts most of it."""
    gain = random.uniform(*moved(TYPOLOGY, severity))
    top = np.log1p(gain)
    sweep = int(random.integers(8, 21))
    climb = int(random.integers(90, 300))
    dump = int(random.integers(150, 480))
    fade = int(random.integers(900, 1_500))
    remaining = top * random.uniform(0.15, 0.35)
    swept = top * random.uniform(0.5, 0.65)
    hour = scene.usual_hour(start)

    ring = scene.accounts.some(random, "retail", int(random.integers(6, 13)))
    stake = hour * random.uniform(5.5, 9.0)
    bought = stake * 0.6
    peak, end = start + sweep + climb, start + sweep + climb + dump
    parts = (
        _buys(random, scene, ring, (start, sweep), scene.many(random.integers(30, 60)), bought),
        _buys(
            random,
            scene,
            ring,
            (start + sweep, climb),
            scene.many(random.integers(90, 160)),
            stake - bought,
        ),
        _sells(random, scene, ring, (peak - climb // 5, dump), stake),
        _followers(random, scene, (start + sweep // 2, climb), 0.85, hour * random.uniform(1, 2)),
        _followers(random, scene, (peak, dump), 0.4, hour * random.uniform(0.8, 1.6)),
        _followers(random, scene, (end, fade), 0.45, hour * random.uniform(0.3, 0.6)),
    )
    length = sweep + climb + dump + fade
    shift = route(
        length,
        (0, 0),
        (sweep, swept),
        (sweep + climb, top),
        (sweep + climb + dump, remaining),
        (length, remaining * random.uniform(0.1, 0.6)),
    )
    return Planted(
        Orders.together(parts),
        scene.abuse(
            TYPOLOGY,
            start * 1_000,
            end * 1_000,
            severity,
            f"{len(ring)} accounts buy up {gain:.0%} within {sweep + climb} s and sell "
            f"to those who follow, within {dump} s.",
        ),
        start,
        shift + wobble(random, length, 0.004),
    )


def _buys(
    random: np.random.Generator,
    scene: Scene,
    ring: np.ndarray,
    window: tuple[int, int],
    count: int,
    money: float,
) -> Orders:
    at_ms = moments(random, *window, count, early=1.3)
    return Orders.of(
        at_ms,
        BUY,
        scene.lots(shares(random, money, count, 0.7), at_ms),
        random.choice(ring, count),
        event="PUMP",
        fills=random.integers(2, 12, count),
    )


def _sells(
    random: np.random.Generator,
    scene: Scene,
    ring: np.ndarray,
    window: tuple[int, int],
    money: float,
) -> Orders:
    count = scene.many(random.integers(150, 260))
    at_ms = moments(random, *window, count, early=1.4)
    lots = scene.lots(shares(random, money, count, 0.9), at_ms)
    return Orders.of(at_ms, SELL, lots, random.choice(ring, count), event="DUMP")


def _followers(
    random: np.random.Generator,
    scene: Scene,
    window: tuple[int, int],
    buying: float,
    money: float,
) -> Orders:
    """Honest followers; their trades are not part of the abuse."""
    count = scene.many(random.integers(160, 300))
    at_ms = moments(random, *window, count)
    return Orders.of(
        at_ms,
        np.where(random.random(count) < buying, BUY, SELL),
        scene.lots(shares(random, money, count, 1.1), at_ms),
        scene.accounts.pick(random, "retail", count),
    )
