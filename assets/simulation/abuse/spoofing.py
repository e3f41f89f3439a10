"""Spoofing: a large quote on one side moves the price, the spoofer trades on the other side."""

import numpy as np

from assets.simulation.episodes import Severity
from assets.simulation.orders import Orders
from assets.simulation.quotes import Quotes
from assets.simulation.scene import Planted, Scene, route

TYPOLOGY = "spoofing"
# the quote in multiples of the usual depth at the best price, and the number of rounds
MULTIPLE = {"low": (8, 15), "medium": (15, 30), "high": (30, 60)}
ROUNDS = {"low": (3, 5), "medium": (5, 9), "high": (8, 14)}
LEAST_DISTANCE, MOST_DISTANCE = 2.0, 5.0


def spoofing(random: np.random.Generator, scene: Scene, start: int, severity: Severity) -> Planted:
    """Plant rounds of half a minute: quote, wait some seconds, trade the other way, cancel."""
    instrument = scene.instrument
    account = scene.accounts.some(random, "algorithm", 1)[0]
    rounds = int(random.integers(*ROUNDS[severity]))
    begin = start + np.cumsum(random.uniform(25, 70, rounds)).astype(np.int64)
    begin_ms = begin * 1_000 + random.integers(0, 1_000, rounds)
    side = np.where(random.random(rounds) < 0.5, 1, -1)
    wait_ms = random.integers(2_500, 12_000, rounds)
    trade_ms = begin_ms + (wait_ms * random.uniform(0.6, 0.95, rounds)).astype(np.int64)
    multiple = random.uniform(*MULTIPLE[severity], rounds)
    quotes = Quotes.of(
        begin_ms,
        begin_ms + wait_ms,
        side,
        instrument.half_spread * random.uniform(LEAST_DISTANCE, MOST_DISTANCE, rounds),
        scene.lots(instrument.touch_depth * multiple, begin_ms),
        account,
        "SPOOF",
    )
    trades = Orders.of(
        trade_ms,
        -side,
        scene.lots(instrument.touch_depth * random.uniform(0.4, 1.2, rounds), trade_ms),
        account,
        event="SPOOF",
    )
    length = int(begin[-1] - start) + 60
    shift = np.zeros(length)
    for at, up, seconds in zip(begin - start, side, wait_ms // 1_000, strict=True):
        height = up * instrument.level_gap * random.uniform(1.0, 3.0)
        push = route(45, (0, 0), (seconds, height), (seconds + 20, 0))
        shift[at : at + 45] += push[: length - at]
    return Planted(
        trades,
        scene.abuse(
            TYPOLOGY,
            begin_ms[0],
            begin_ms[-1] + wait_ms[-1] + 1,
            severity,
            f"{rounds} times a quote {multiple.mean():.0f} times the usual depth stands for "
            "seconds while its owner trades the other way, then it goes unfilled.",
        ),
        start,
        shift,
        quotes,
    )
