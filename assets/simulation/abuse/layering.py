"""Layering: quotes at many levels of one side, all cancelled after a trade on the other."""

import numpy as np

from assets.simulation.episodes import Severity
from assets.simulation.orders import Orders
from assets.simulation.quotes import Quotes
from assets.simulation.scene import Planted, Scene, route

TYPOLOGY = "layering"
LEVELS = {"low": (4, 6), "medium": (5, 8), "high": (7, 12)}
ROUNDS = {"low": (3, 5), "medium": (5, 8), "high": (7, 12)}
# each layer in multiples of the usual depth at the best price
MULTIPLE = {"low": (2, 4), "medium": (3, 6), "high": (5, 9)}


def layering(random: np.random.Generator, scene: Scene, start: int, severity: Severity) -> Planted:
    """Plant rounds of a minute on one side: several layers, a trade, all layers cancelled."""
    instrument = scene.instrument
    account = scene.accounts.some(random, "algorithm", 1)[0]
    side = 1 if random.random() < 0.5 else -1
    rounds, levels = (int(random.integers(*of[severity])) for of in (ROUNDS, LEVELS))
    begin = start + np.cumsum(random.uniform(40, 100, rounds)).astype(np.int64)
    end_ms = begin * 1_000 + random.integers(8_000, 20_000, rounds)
    level = np.tile(np.arange(levels), rounds)
    placed_ms = np.repeat(begin * 1_000, levels) + level * random.integers(80, 400, rounds * levels)
    quotes = Quotes.of(
        placed_ms,
        np.repeat(end_ms, levels) + random.integers(0, 60, rounds * levels),
        side,
        instrument.half_spread * 1.5 + instrument.level_gap * (level + 0.5),
        scene.lots(
            instrument.touch_depth * random.uniform(*MULTIPLE[severity], rounds * levels), placed_ms
        ),
        account,
        "LAYER",
    )
    trade_ms = end_ms - random.integers(200, 2_500, rounds)
    trades = Orders.of(
        trade_ms,
        -side,
        scene.lots(instrument.touch_depth * random.uniform(0.5, 1.5, rounds), trade_ms),
        account,
        event="LAYER",
    )
    length = int(begin[-1] - start) + 80
    shift = np.zeros(length)
    for at, until in zip(begin - start, end_ms // 1_000 - start, strict=True):
        height = side * instrument.level_gap * random.uniform(1.0, 3.0)
        push = route(60, (0, 0), (until - at, height), (until - at + 25, 0))
        shift[at : at + 60] += push[: length - at]
    return Planted(
        trades,
        scene.abuse(
            TYPOLOGY,
            placed_ms[0],
            int(end_ms[-1]) + 61,
            severity,
            f"{rounds} times one account stacks {levels} {'bids' if side > 0 else 'asks'} at as "
            "many levels, trades the other way and takes them all away.",
        ),
        start,
        shift,
        quotes,
    )
