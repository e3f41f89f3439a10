"""Structuring: a sum above a reporting limit is sent in parts just below it."""

import numpy as np

from assets.simulation.episodes import Severity
from assets.simulation.wallets import ASSETS, PlantedTransfers, Transferred, Wallets

TYPOLOGY = "structuring"
LIMIT_USD = 10_000.0
PARTS = {"low": (5, 9), "medium": (9, 17), "high": (17, 40)}
BELOW = (0.86, 0.999)
HOURS = (2.0, 12.0)


def structuring(
    random: np.random.Generator, wallets: Wallets, start: int, severity: Severity
) -> PlantedTransfers:
    """Plant the parts of one sum within hours, from one wallet to one to three others."""
    count = int(random.integers(*PARTS[severity]))
    sender, *receivers = wallets.some(random, 1 + int(random.integers(1, 4)))
    seconds = random.uniform(*HOURS) * 3_600
    usd = LIMIT_USD * random.uniform(*BELOW, count)
    at_ms = np.sort((1_000 * (start + seconds * random.random(count))).astype(np.int64))
    transferred = Transferred.of(
        at_ms, sender, random.choice(receivers, count), ASSETS.index("USDT"), usd
    )
    return PlantedTransfers(
        transferred,
        TYPOLOGY,
        np.array([sender, *receivers]),
        severity,
        f"{count} transfers just below {LIMIT_USD:,.0f} USD, together {usd.sum():,.0f}, within "
        f"{seconds / 3_600:.0f} hours.",
    )
