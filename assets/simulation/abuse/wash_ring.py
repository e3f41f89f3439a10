"""Wash ring: accounts hand a position round until each is flat again."""

from math import gcd

import numpy as np

from assets.simulation.abusers import arranged, drawn, honest_flow, quiet_accounts
from assets.simulation.episodes import Severity
from assets.simulation.orders import BUY, SELL
from assets.simulation.scene import Planted, Scene, moments
from assets.simulation.severities import SCALES

TYPOLOGY = "wash_ring"
SIZE_DEVIATION = 0.5
LASTS = (14_400, 28_800)


def wash_ring(random: np.random.Generator, scene: Scene, start: int, severity: Severity) -> Planted:
    """Plant 8 to 20 accounts over hours of a day; no two of them meet twice."""
    scale = SCALES["wash_ring"][severity]
    ring = quiet_accounts(random, scene, start, scale)
    giver, taker, cycle = cycles_without_repeats(len(ring))
    length = int(random.integers(*LASTS))
    hours = f"{length / 3_600:.0f} hours, no two of them twice"
    return _ring(random, scene, (start, length), severity, "wash_ring", ring,
                 (giver, taker, cycle), hours, "RING")  # fmt: skip


def wash_triangle(
    random: np.random.Generator, scene: Scene, start: int, severity: Severity
) -> Planted:
    """Plant three accounts that hand a position round again and again for 40 to 90 minutes."""
    scale = SCALES["wash_triangle"][severity]
    ring = quiet_accounts(random, scene, start, scale)
    loops = scene.at_most(drawn(random, scale, "loops"))
    giver = np.tile(np.arange(len(ring)), loops)
    edges = giver, (giver + 1) % len(ring), np.repeat(np.arange(loops), len(ring))
    length = int(random.integers(2_400, 5_401))
    minutes = f"{length // 60} minutes, {loops} times round"
    return _ring(random, scene, (start, length), severity, "wash_triangle", ring, edges, minutes,
                 "WASH")  # fmt: skip


def cycles_without_repeats(members: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Giver, taker and cycle of each trade: every member is flat after it, no pair meets twice.

    Member i gives to member i + k, for each k below half of the members.
    """
    steps = np.repeat(np.arange(1, (members - 1) // 2 + 1), members)
    giver = np.resize(np.arange(members), len(steps))
    cycle = steps * members + giver % np.array([gcd(int(step), members) for step in steps])
    return giver, (giver + steps) % members, np.unique(cycle, return_inverse=True)[1]


def _ring(
    random: np.random.Generator,
    scene: Scene,
    window: tuple[int, int],
    severity: Severity,
    kind: str,
    ring: np.ndarray,
    edges: tuple[np.ndarray, np.ndarray, np.ndarray],
    lasting: str,
    event: str,
) -> Planted:
    """The trades of a ring, each cycle in one size, at random times."""
    start, length = window
    scale = SCALES[kind][severity]
    giver, taker, cycle = edges
    money = scene.money_for(random.uniform(*scale.share), start, length)
    weight = random.lognormal(0.0, SIZE_DEVIATION, int(cycle.max()) + 1)[cycle]
    at_ms = moments(random, start, length, len(giver))
    # one price for all sizes, so that a cycle's lots are equal
    lots = scene.lots(money * weight / weight.sum(), np.full(len(giver), at_ms[0]))
    order = random.permutation(len(giver)) if kind == "wash_ring" else np.arange(len(giver))
    buyer, seller, lots = ring[taker[order]], ring[giver[order]], lots[order]
    is_buy = random.random(len(lots)) < 0.5
    trades = arranged(
        at_ms,
        np.where(is_buy, BUY, SELL),
        lots,
        np.where(is_buy, buyer, seller),
        np.where(is_buy, seller, buyer),
        event=event,
    )
    honest = honest_flow(random, scene, ring, 2 * money, start, scale)
    names = ", ".join(scene.accounts.name(number) for number in sorted(ring))
    return Planted(
        trades,
        scene.abuse(
            TYPOLOGY,
            start * 1_000,
            (start + length) * 1_000,
            severity,
            f"{names} hand {len(giver)} trades round for {lasting}; each is flat at the end.",
            event=event if event == "RING" else "",
        ),
        honest=honest,
    )
