"""Copy group: followers repeat a leader's orders within two seconds, all day."""

import numpy as np

from assets.simulation.background import DAY
from assets.simulation.episodes import Episode
from assets.simulation.honest.makers_all_day import times_of_crowd
from assets.simulation.orders import BUY, SELL, Orders
from assets.simulation.scene import Planted, Scene

TYPOLOGY = "copy_group"
FOLLOWERS = (6, 15)
SIGNALS = 0.002
DELAY_MS = 2_000


def copy_group(random: np.random.Generator, scene: Scene, start: int) -> Planted:
    """Plant a leader's orders over a day, each repeated by followers in their own sizes."""
    leader, *followers = scene.accounts.some(random, "retail", 1 + int(random.integers(*FOLLOWERS)))
    signals_ms = times_of_crowd(random, scene, start, SIGNALS)
    signals_ms = np.minimum(signals_ms, (start + DAY) * 1_000 - DELAY_MS - 1)
    side = np.where(random.random(len(signals_ms)) < 0.5, BUY, SELL)
    many = len(followers)
    copied_ms = np.repeat(signals_ms, many) + random.integers(50, DELAY_MS, len(signals_ms) * many)
    stakes = scene.instrument.median_order * random.lognormal(0.0, 0.7, many)
    orders = (
        Orders.of(
            signals_ms,
            side,
            scene.lots(4 * scene.instrument.median_order, signals_ms),
            np.asarray(leader),
        ),
        Orders.of(
            copied_ms,
            np.repeat(side, many),
            scene.lots(np.tile(stakes, len(signals_ms)), copied_ms),
            np.tile(np.array(followers), len(signals_ms)),
        ),
    )
    return Planted(
        Orders.together(orders),
        Episode.look_alike(
            TYPOLOGY,
            scene.instrument.symbol,
            start * 1_000,
            (start + DAY) * 1_000,
            f"{many} accounts copy {len(signals_ms)} orders of {scene.accounts.name(leader)} "
            "within two seconds each.",
        ),
    )
