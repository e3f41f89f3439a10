"""Sanctioned counterparties: a wallet deals with a sanctioned one, directly or through others."""

import numpy as np

from assets.simulation.episodes import Severity
from assets.simulation.wallets import ASSETS, PlantedTransfers, Transferred, Wallets

TYPOLOGY = "sanctioned_counterparty"
# intermediate wallets between the sanctioned one and the final one
HOPS = {"low": 2, "medium": 1, "high": 0}
USD = {"low": (800, 4_000), "medium": (3_000, 20_000), "high": (15_000, 120_000)}
HOP_SECONDS = (300, 7_200)
FEE_SHARE = (0.002, 0.02)


def sanctioned_counterparty(
    random: np.random.Generator, wallets: Wallets, start: int, severity: Severity
) -> PlantedTransfers:
    """Plant money that goes from a sanctioned wallet to an ordinary one, at worst directly."""
    first = random.choice(wallets.sanctioned)
    chain = np.array([first, *wallets.some(random, HOPS[severity] + 1)])
    count = len(chain) - 1
    remaining = np.cumprod(1 - random.uniform(*FEE_SHARE, count))
    usd = random.uniform(*USD[severity]) * remaining
    wait = np.cumsum(random.integers(*HOP_SECONDS, count))
    return PlantedTransfers(
        Transferred.of(
            1_000 * (start + wait), chain[:-1], chain[1:],
            int(random.integers(len(ASSETS))), usd,
        ),
        TYPOLOGY,
        chain,
        severity,
        f"{usd[-1]:,.0f} USD of a sanctioned wallet come to another through "
        f"{HOPS[severity]} wallets between.",
    )  # fmt: skip
