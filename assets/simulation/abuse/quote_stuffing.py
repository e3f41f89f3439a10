"""Quote stuffing: an account places and cancels hundreds of quotes a second, to slow others."""

import numpy as np

from assets.simulation.episodes import Severity
from assets.simulation.orders import Orders
from assets.simulation.quotes import Quotes
from assets.simulation.scene import Planted, Scene

TYPOLOGY = "quote_stuffing"
QUOTES_A_SECOND = {"low": (120, 250), "medium": (250, 600), "high": (600, 1_500)}
LONGEST_REST_MS = 40


def quote_stuffing(
    random: np.random.Generator, scene: Scene, start: int, severity: Severity
) -> Planted:
    """Plant bursts of 1 to 4 s within some minutes, and a few small trades of the same account."""
    instrument = scene.instrument
    account = scene.accounts.some(random, "algorithm", 1)[0]
    bursts = int(random.integers(3, 8))
    begin_ms = start * 1_000 + np.cumsum(random.integers(8_000, 40_000, bursts))
    length_ms = random.integers(1_000, 4_000, bursts)
    rate = random.uniform(*QUOTES_A_SECOND[severity], bursts)
    counts = (rate * length_ms / 1_000).astype(np.int64)
    place = random.random(counts.sum())
    at_ms = np.repeat(begin_ms, counts) + (place * np.repeat(length_ms, counts)).astype(np.int64)
    at_ms = np.sort(at_ms)
    quotes = Quotes.of(
        at_ms,
        at_ms + random.integers(1, LONGEST_REST_MS, len(at_ms)),
        np.where(random.random(len(at_ms)) < 0.5, 1, -1),
        instrument.half_spread * random.uniform(1.5, 40, len(at_ms)),
        scene.lots(instrument.median_order * random.uniform(0.1, 0.5, len(at_ms)), at_ms),
        account,
        "STUFF",
    )
    trade_ms = begin_ms + length_ms
    trades = Orders.of(
        trade_ms,
        np.where(random.random(bursts) < 0.5, 1, -1),
        scene.lots(instrument.median_order * random.uniform(0.5, 2.0, bursts), trade_ms),
        account,
        event="STUFF",
    )
    return Planted(
        trades,
        scene.abuse(
            TYPOLOGY,
            at_ms[0],
            int(trade_ms[-1]) + 1,
            severity,
            f"One account places and cancels {len(at_ms):,} quotes in {bursts} bursts, "
            f"{rate.mean():.0f} a second.",
        ),
        quotes=quotes,
    )
