"""Sizes of honest orders: round notionals, round quantities, popular lots, heavy tails."""

import numpy as np

from assets.simulation.instruments import Instrument

ROUND_MONEY = np.array([10, 15, 20, 25, 50, 75, 100, 150, 200, 250, 500, 1_000, 2_000, 5_000])
RETAIL_DEVIATION = 1.25
ALGORITHM_DEVIATION = 0.8
INSTITUTION_FROM = 6.0


def retail_lots(
    random: np.random.Generator, instrument: Instrument, price: np.ndarray
) -> np.ndarray:
    """Lots of private traders: a third has round notionals, a fifth round quantities."""
    count = len(price)
    notional = instrument.median_order * random.lognormal(
        0.0, RETAIL_DEVIATION * instrument.size_spread, count
    )
    notional = np.minimum(notional, instrument.largest_order * instrument.median_order)
    habit = random.random(count)
    money = ROUND_MONEY[
        np.clip(np.searchsorted(ROUND_MONEY, notional) - 1, 0, len(ROUND_MONEY) - 1)
    ]
    lots = to_lots(instrument, np.where(habit < 0.35, money, notional), price)
    digit = 10.0 ** np.floor(np.log10(lots))
    lots = np.where((habit >= 0.35) & (habit < 0.55), np.rint(lots / digit) * digit, lots)
    popular = to_lots(instrument, instrument.popular_lot * price, price)
    return np.where(habit >= 0.93, popular, lots).astype(np.int64)


def algorithm_lots(
    random: np.random.Generator, instrument: Instrument, price: np.ndarray, scale: float = 1.3
) -> np.ndarray:
    """Lots of machines: no round numbers, less dispersion."""
    notional = random.lognormal(0.0, ALGORITHM_DEVIATION * instrument.size_spread, len(price))
    return to_lots(instrument, scale * instrument.median_order * notional, price)


def institution_lots(
    random: np.random.Generator, instrument: Instrument, price: np.ndarray
) -> np.ndarray:
    """Lots of the few large traders: a Pareto tail, truncated at the largest order."""
    multiple = INSTITUTION_FROM * (1 + random.pareto(instrument.size_tail, len(price)))
    notional = instrument.median_order * np.minimum(multiple, instrument.largest_order)
    return to_lots(instrument, notional, price)


def to_lots(
    instrument: Instrument, notional: np.ndarray | float, price: np.ndarray | float
) -> np.ndarray:
    """Whole lots nearest to a notional, at least one."""
    lots = np.rint(np.asarray(notional) / (np.asarray(price) * instrument.lot))
    return np.maximum(lots, 1).astype(np.int64)
