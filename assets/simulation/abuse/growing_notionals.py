"""Growing notionals: an account's orders of one side multiply within a minute or two."""

import numpy as np

from assets.simulation.abusers import drawn, honest_flow, quiet_accounts
from assets.simulation.episodes import Severity
from assets.simulation.orders import BUY, SELL, Orders
from assets.simulation.scene import Planted, Scene
from assets.simulation.severities import SCALES

TYPOLOGY = "growing_notionals"
RUN_SECONDS = 110
RUNS_EVERY = 600


def growing_notionals(
    random: np.random.Generator, scene: Scene, start: int, severity: Severity
) -> Planted:
    """Plant runs of orders, each larger than the one before it by a factor, ten minutes apart."""
    scale = SCALES[TYPOLOGY][severity]
    (account,) = quiet_accounts(random, scene, start, scale)
    runs, length = drawn(random, scale, "runs"), drawn(random, scale, "orders")
    growth = random.uniform(*scale.drawn["growth"], (runs, length))
    growth[:, 0] = random.uniform(0.8, 1.2, runs)
    sizes = np.cumprod(growth, axis=1)
    money = scene.money_for(random.uniform(*scale.share), start, runs * RUNS_EVERY)
    offsets = np.sort(random.integers(0, RUN_SECONDS * 1_000, (runs, length)), axis=1)
    # a run's orders are apart by a millisecond at least
    offsets += np.arange(length)
    at_ms = (start + RUNS_EVERY * np.arange(runs))[:, None] * 1_000 + offsets
    side = np.repeat(np.where(np.arange(runs) % 2 == 0, BUY, SELL), length)
    last_ms = int(at_ms.max()) + 1
    orders = Orders.of(
        at_ms.ravel(),
        side,
        scene.lots((money * sizes / sizes.sum()).ravel(), at_ms.ravel()),
        np.asarray(account),
        event="GROW",
        fills=1,
    )
    honest = honest_flow(random, scene, np.array([account]), money, start, scale)
    return Planted(
        orders,
        scene.abuse(
            TYPOLOGY,
            int(at_ms.min()),
            last_ms,
            severity,
            f"{scene.accounts.name(account)} sends {runs} runs of {length} orders, each within "
            f"two minutes, each order {growth[:, 1:].min():.1f} times the one before or more.",
        ),
        honest=honest,
    )
