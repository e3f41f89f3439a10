"""Round trip: an account buys, sells and buys again from one counterparty, at one price."""

import numpy as np

from assets.simulation.abusers import arranged, drawn, honest_flow, quiet_accounts
from assets.simulation.episodes import Severity
from assets.simulation.scene import Planted, Scene, moments, shares
from assets.simulation.severities import SCALES

TYPOLOGY = "round_trip"
LEGS = 3
# the legs' sizes differ by less than a hundredth
SIZE_DIFFERS = 0.004


def round_trip(
    random: np.random.Generator, scene: Scene, start: int, severity: Severity
) -> Planted:
    """Plant A-B-A cycles of half a minute or so within an hour; each has the price of its first."""
    scale = SCALES[TYPOLOGY][severity]
    account, other = pair = quiet_accounts(random, scene, start, scale)
    cycles = scene.at_most(drawn(random, scale, "cycles"))
    length = 3_600
    first_ms = moments(random, start, length - 60, cycles)
    gaps = np.cumsum(random.integers(2_000, 25_000, (cycles, LEGS - 1)), axis=1)
    at_ms = np.hstack([first_ms[:, None], first_ms[:, None] + gaps]).ravel()
    first_side = np.where(random.random(cycles) < 0.5, 1, -1)
    side = (first_side[:, None] * np.array([1, -1, 1])).ravel()
    money = scene.money_for(random.uniform(*scale.share), start, length)
    sizes = np.repeat(shares(random, money / LEGS, cycles, 0.5), LEGS)
    sizes = sizes * random.uniform(1 - SIZE_DIFFERS, 1 + SIZE_DIFFERS, len(sizes))
    priced_at_ms = np.repeat(first_ms, LEGS)
    trips = arranged(at_ms, side, scene.lots(sizes, priced_at_ms), account, other, priced_at_ms)
    honest = honest_flow(random, scene, pair, 2 * money, start, scale)
    name = scene.accounts.name
    return Planted(
        trips,
        scene.abuse(
            TYPOLOGY,
            start * 1_000,
            (start + length) * 1_000,
            severity,
            f"{name(account)} trades to and fro with {name(other)}: {cycles} cycles of "
            f"{LEGS} trades, each within a minute and at one price.",
        ),
        honest=honest,
    )
