"""The honest crowd: the account, side and size of each order."""

import numpy as np

from assets.simulation.accounts import Accounts
from assets.simulation.arrivals import arrivals
from assets.simulation.background import DAY, Path, wandering
from assets.simulation.orders import Orders
from assets.simulation.sizes import algorithm_lots, institution_lots, retail_lots

GROUPS = ("retail", "algorithm", "institution", "maker")
GROUP_SHARES = (0.62, 0.29, 0.03, 0.06)
SAME_SIDE = 0.92
SAME_ACCOUNT = 0.3
LEAN = 0.7
LEAN_SECONDS = 20
# (half-life in seconds, share of the deviation)
MOOD_PARTS = ((30, 0.7), (900, 0.7))


def crowd(
    random: np.random.Generator,
    path: Path,
    accounts: Accounts,
    window: slice = slice(0, None),
) -> Orders:
    """Every order of the honest crowd; sides follow the price's direction and persist.

    With a window of seconds there is no crowd before and after it.
    """
    instrument = path.instrument
    rate = path.activity[window] * instrument.orders_a_day / DAY
    at_ms, parent, generations = arrivals(random, rate)
    at_ms = at_ms + 1_000 * window.start
    second = at_ms // 1_000
    price = np.exp(path.log_mid[second])
    group = random.choice(len(GROUPS), len(at_ms), p=GROUP_SHARES)
    account = np.empty(len(at_ms), np.int64)
    lots = np.empty(len(at_ms), np.int64)
    for code, name in enumerate(GROUPS):
        rows = np.flatnonzero(group == code)
        account[rows] = accounts.pick(random, name, len(rows))
        draw = {"retail": retail_lots, "institution": institution_lots}.get(name, algorithm_lots)
        lots[rows] = draw(random, instrument, price[rows])
    mood = _mood(random, path)[second] if instrument.mood else 0.0
    side = np.where(random.random(len(at_ms)) < _buying(path, second, mood), 1, -1)

    follows = random.random(len(at_ms)) < SAME_SIDE
    repeats = random.random(len(at_ms)) < SAME_ACCOUNT
    for generation in generations[1:]:
        rows = np.arange(generation.start, generation.stop)
        same, again = rows[follows[rows]], rows[repeats[rows]]
        side[same] = side[parent[same]]
        account[again] = account[parent[again]]
    return Orders.of(at_ms, side, lots, account)


def _mood(random: np.random.Generator, path: Path) -> np.ndarray:
    """Log odds of buying, by second, in addition to the price's influence."""
    parts = [(half_life, path.instrument.mood * share) for half_life, share in MOOD_PARTS]
    return wandering(random, len(path.activity), parts)


def _buying(path: Path, second: np.ndarray, mood: np.ndarray | float) -> np.ndarray:
    """Probability that an order buys: above a half while the price rises around it."""
    last = len(path.log_mid) - 1
    ahead = path.log_mid[np.minimum(second + LEAN_SECONDS, last)]
    move = ahead - path.log_mid[np.maximum(second - LEAN_SECONDS, 0)]
    usual = np.sqrt(np.mean(np.square(move))) if len(move) else 1.0
    return 1 / (1 + np.exp(-LEAN * move / usual - mood))
