"""Machines that trade every day: grid bots with one lot, bots that act on the minute."""

import numpy as np

from assets.simulation.background import DAY
from assets.simulation.episodes import Episode
from assets.simulation.orders import BUY, SELL, Orders
from assets.simulation.scene import Scene
from assets.simulation.sizes import algorithm_lots

BOTS_A_SYMBOL = 3
# the price distance between two orders of a grid bot, in daily volatilities of the symbol
GRID_STEP = (0.06, 0.12)
LOOKS_EVERY = 10
CLOCKS = ((60, 0.12, 1), (300, 0.5, 2), (3_600, 1.0, 4))
CLOCK_DELAY_MS = 900


def grid_bots(random: np.random.Generator, scene: Scene) -> Orders:
    """Each bot sells one lot for each step that the price rises, and buys it when it falls."""
    path, instrument = scene.path, scene.instrument
    seen = np.arange(0, len(path.log_mid) - 1, LOOKS_EVERY)
    volatility = np.std(np.diff(path.log_mid)) * np.sqrt(DAY)
    parts = []
    for account in scene.accounts.some(random, "grid_bot", BOTS_A_SYMBOL):
        step = volatility * random.uniform(*GRID_STEP)
        level = np.floor((path.log_mid[seen] - path.log_mid[0]) / step + random.random())
        moved = np.flatnonzero(np.diff(level)) + 1
        at_ms = seen[moved] * 1_000 + random.integers(0, LOOKS_EVERY * 1_000, len(moved))
        side = np.where(level[moved] > level[moved - 1], SELL, BUY)
        lots = scene.lots(2.0 * instrument.median_order, at_ms[:1])
        digit = 10 ** np.floor(np.log10(lots))
        parts.append(
            Orders.of(at_ms, side, np.rint(lots / digit) * digit, account, fills=1, crosses=False)
        )
    return Orders.together(parts)


def clock_bots(random: np.random.Generator, scene: Scene) -> Orders:
    """Bots that act when a candle of a minute, five minutes or an hour closes."""
    times = []
    for every, chance, orders in CLOCKS:
        closes = np.arange(every, len(scene.path.log_mid) - 1, every)
        closes = np.repeat(closes[random.random(len(closes)) < chance], orders)
        times.append(closes * 1_000 + random.integers(0, CLOCK_DELAY_MS, len(closes)))
    at_ms = np.sort(np.concatenate(times))
    price = np.exp(scene.path.log_mid[at_ms // 1_000])
    return Orders.of(
        at_ms,
        np.where(random.random(len(at_ms)) < 0.5, BUY, SELL),
        algorithm_lots(random, scene.instrument, price, scale=1.0),
        scene.accounts.pick(random, "clock", len(at_ms)),
    )


def machine_episodes(symbol: str, start: int) -> list[Episode]:
    """Labels for the day that starts at a second: an alert on this behaviour is false."""
    habits = {
        "grid_bots": f"{BOTS_A_SYMBOL} bots trade one size on both sides, all day.",
        "clock_bots": "Bots trade in the second after a candle closes, all day.",
        "popular_lot": "Many small traders like the same round size, all day.",
    }
    return [
        Episode.look_alike(
            typology,
            symbol,
            start * 1_000,
            (start + DAY) * 1_000,
            description,
        )
        for typology, description in habits.items()
    ]
