"""Smurfing: money goes through many small wallets and is collected in one."""

import numpy as np

from assets.simulation.episodes import Severity
from assets.simulation.wallets import ASSETS, SMURFS_AT_MOST, PlantedTransfers, Transferred, Wallets

TYPOLOGY = "smurfing"
SMURFS = {"low": (8, 14), "medium": (14, 28), "high": (28, SMURFS_AT_MOST)}
EACH_USD = (600.0, 2_900.0)
OUT_SECONDS, WAIT_SECONDS = 3_600, (1_800, 18_000)
# the share that an intermediate wallet deducts as its fee
FEE_SHARE = (0.01, 0.05)


def smurfing(
    random: np.random.Generator, wallets: Wallets, start: int, severity: Severity
) -> PlantedTransfers:
    """Plant a source that pays many wallets within an hour; all pay one collector later."""
    count = int(random.integers(*SMURFS[severity]))
    source, collector, *smurfs = wallets.some(random, 2 + count)
    usd = random.uniform(*EACH_USD, count)
    out_ms = (1_000 * (start + OUT_SECONDS * random.random(count))).astype(np.int64)
    in_ms = out_ms + 1_000 * random.integers(*WAIT_SECONDS, count)
    asset = ASSETS.index("USDT")
    parts = [
        Transferred.of(out_ms, source, np.array(smurfs), asset, usd),
        Transferred.of(
            in_ms, np.array(smurfs), collector, asset, usd * (1 - random.uniform(*FEE_SHARE, count))
        ),
    ]
    return PlantedTransfers(
        Transferred.together(parts),
        TYPOLOGY,
        np.array([source, collector, *smurfs]),
        severity,
        f"{usd.sum():,.0f} USD go from one wallet through {count} others to one collector.",
    )
