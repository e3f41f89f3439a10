"""Front running: an account that knows a client's large orders trades just before each one."""

import numpy as np

from assets.simulation.accounts import account_name
from assets.simulation.episodes import Severity
from assets.simulation.orders import Orders
from assets.simulation.scene import Planted, Scene, route

TYPOLOGY = "front_running"
TIMES = {"low": (3, 5), "medium": (5, 8), "high": (8, 13)}
# the client's order in multiples of the usual depth at the best price
CLIENT = (6.0, 15.0)
LEAD_MS = (150, 2_500)


def front_running(
    random: np.random.Generator, scene: Scene, start: int, severity: Severity
) -> Planted:
    """Plant a client's orders within an hour, each between a trade ahead and the reverse trade."""
    instrument = scene.instrument
    times = int(random.integers(*TIMES[severity]))
    client = scene.accounts.pick(random, "institution", 1)[0]
    runner = scene.accounts.some(random, "algorithm", 1)[0]
    at = start + np.cumsum(random.uniform(120, 400, times)).astype(np.int64)
    client_ms = at * 1_000 + random.integers(0, 1_000, times)
    ahead_ms = client_ms - random.integers(*LEAD_MS, times)
    after_ms = client_ms + random.integers(3_000, 25_000, times)
    side = np.where(random.random(times) < 0.5, 1, -1)
    depth = instrument.touch_depth
    own = scene.lots(depth * random.uniform(0.8, 2.0, times), ahead_ms)
    parts = (
        Orders.of(ahead_ms, side, own, runner, event="FRONT_RUN"),
        Orders.of(client_ms, side, scene.lots(depth * random.uniform(*CLIENT, times), client_ms),
                  client),
        Orders.of(after_ms, -side, own, runner, event="FRONT_RUN"),
    )  # fmt: skip
    length = int(at[-1] - start) + 100
    shift = np.zeros(length)
    for second, up in zip(at - start, side, strict=True):
        impact = up * instrument.level_gap * random.uniform(3.0, 8.0)
        push = impact * route(90, (0, 0), (1, 1), (30, 0.7), (90, 0))
        shift[second : second + 90] += push[: length - second]
    return Planted(
        Orders.together(parts),
        scene.abuse(
            TYPOLOGY,
            ahead_ms[0],
            int(after_ms[-1]) + 1,
            severity,
            f"{account_name(runner)} trades up to 2.5 s ahead of each of {times} large orders of "
            f"{account_name(client)}, and the other way within 25 s after.",
        ),
        start,
        shift,
    )
