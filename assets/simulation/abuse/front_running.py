"""Front running: an account that knows a client's large orders trades just before each one."""

import numpy as np

from assets.simulation.abusers import drawn, honest_flow, quiet_accounts, size_of_move
from assets.simulation.episodes import Severity
from assets.simulation.orders import Orders
from assets.simulation.scene import Planted, Scene, route, shares
from assets.simulation.severities import SCALES

TYPOLOGY = "front_running"
# the client's order in multiples of the account's
CLIENT = (4.0, 8.0)
# the price stays moved this long after a client's order
MOVED_SECONDS = 90
LEAD_MS = (150, 2_500)


def front_running(
    random: np.random.Generator, scene: Scene, start: int, severity: Severity
) -> Planted:
    """Plant a client's orders within an hour, each between a trade ahead and the reverse trade."""
    scale = SCALES[TYPOLOGY][severity]
    times = drawn(random, scale, "times")
    client = scene.accounts.pick(random, "institution", 1)[0]
    (runner,) = quiet_accounts(random, scene, start, scale)
    at = start + np.cumsum(random.uniform(110, 250, times)).astype(np.int64)
    client_ms = at * 1_000 + random.integers(0, 1_000, times)
    ahead_ms = client_ms - random.integers(*LEAD_MS, times)
    after_ms = client_ms + random.integers(3_000, 25_000, times)
    side = np.where(random.random(times) < 0.5, 1, -1)
    # half of it goes ahead, half comes after
    money = scene.money_for(random.uniform(*scale.share), start, int(at[-1] - start)) / 2
    sizes = shares(random, money, times, 0.3)
    own = scene.lots(sizes, ahead_ms)
    clients = scene.lots(sizes * random.uniform(*CLIENT, times), client_ms)
    parts = (
        Orders.of(ahead_ms, side, own, runner, event="FRONT_RUN"),
        Orders.of(client_ms, side, clients, client),
        Orders.of(after_ms, -side, own, runner, event="FRONT_RUN"),
    )  # fmt: skip
    length = int(at[-1] - start) + 100
    shift = np.zeros(length)
    gain = 0.0
    for second, up, size in zip(at - start, side, sizes, strict=True):
        move = size_of_move(random, scene, TYPOLOGY, severity, start, MOVED_SECONDS)
        push = np.log1p(up * move) * route(MOVED_SECONDS, (0, 0), (1, 1), (30, 0.9), (90, 0))
        shift[second : second + MOVED_SECONDS] += push[: length - second]
        gain += size * move
    return Planted(
        Orders.together(parts),
        scene.abuse(
            TYPOLOGY,
            ahead_ms[0],
            int(after_ms[-1]) + 1,
            severity,
            f"{scene.accounts.name(runner)} trades up to 2.5 s ahead of each of {times} large "
            f"orders of {scene.accounts.name(client)}, and the other way within 25 s after, for a "
            f"gain of {gain:,.0f} at most.",
        ),
        start,
        shift,
        honest=honest_flow(random, scene, np.array([runner]), 2 * money, start, scale),
    )
