"""Fill orders from the book: one trade, or a sweep of several levels in one millisecond."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from assets.simulation.background import Path
from assets.simulation.instruments import Instrument
from assets.simulation.orders import Orders

MOST_FILLS = 25
DEPTH_DEVIATION = 1.2
DEPTH_QUANTILES = (0.1, 0.3, 0.5, 0.7, 0.9)
TRADE_COLUMNS = ("at_ms", "ticks", "lots", "side", "account", "event", "maker")


@dataclass(frozen=True)
class Tape:
    """Trades of one symbol, one row each, in their order; prices and quantities in ticks and lots.

    `order` is the row of the order; its trades are adjacent. `maker` is the other account if the
    two had agreed on the trade, else -1.
    """

    instrument: Instrument
    at_ms: np.ndarray
    ticks: np.ndarray
    lots: np.ndarray
    side: np.ndarray
    account: np.ndarray
    order: np.ndarray
    event: np.ndarray
    maker: np.ndarray

    def __len__(self) -> int:
        return len(self.at_ms)

    @property
    def notional(self) -> np.ndarray:
        return self.ticks * self.instrument.tick * self.lots * self.instrument.lot


def merge(first: Tape, second: Tape) -> Tape:
    """Merge two tapes of one symbol by time; at equal times the first tape's trades come first."""
    later = int(first.order.max(initial=-1)) + 1
    order = np.concatenate([first.order, second.order + later])
    rows = np.argsort(np.concatenate([first.at_ms, second.at_ms]), kind="stable")
    columns = {
        name: np.concatenate([getattr(first, name), getattr(second, name)])[rows]
        for name in TRADE_COLUMNS
    }
    return Tape(first.instrument, order=_renumbered(order[rows]), **columns)


def thinned(random: np.random.Generator, tape: Tape, count: int) -> Tape:
    """Drop whole orders at random until exactly this many trades are left.

    If no orders add up to the rest, the last trades are dropped.
    """
    excess = len(tape) - count
    fills = np.bincount(tape.order)
    shuffled = random.permutation(len(fills))
    running = np.cumsum(fills[shuffled])
    whole = int(np.searchsorted(running, excess, side="right"))
    gone = np.zeros(len(fills), np.bool_)
    gone[shuffled[:whole]] = True
    rest = excess - (int(running[whole - 1]) if whole else 0)
    gone[shuffled[whole:][fills[shuffled[whole:]] == 1][:rest]] = True
    left = np.flatnonzero(~gone[tape.order])[:count]
    columns = {name: getattr(tape, name)[left] for name in TRADE_COLUMNS}
    return Tape(tape.instrument, order=_renumbered(tape.order[left]), **columns)


def _renumbered(order: np.ndarray) -> np.ndarray:
    """Numbers from 0 for orders whose trades are adjacent."""
    return np.cumsum(np.diff(order, prepend=-1) != 0) - 1


def execute(
    random: np.random.Generator, path: Path, orders: Orders, most_fills: int = MOST_FILLS
) -> Tape:
    """Fill the orders at the path's prices; no order gets more than the maximum of fills."""
    instrument = path.instrument
    middle = np.interp(orders.priced_at_ms / 1_000, np.arange(len(path.log_mid)), path.log_mid)
    notional = orders.lots * instrument.lot * np.exp(middle)
    depth = instrument.touch_depth * random.lognormal(0.0, DEPTH_DEVIATION, len(orders))
    fills = _fills(orders, notional / depth, most_fills)
    natural = (fills - 1) * instrument.level_gap * random.uniform(0.3, 1.7, len(orders))
    slip = np.where(orders.slip > 0, orders.slip, natural)

    order = np.repeat(np.arange(len(orders)), fills)
    first = np.cumsum(fills) - fills
    place = np.arange(len(order)) - first[order]
    lots = _split(random, orders.lots, fills, order, first)
    away = instrument.half_spread * orders.crosses[order] + slip[order] * place / np.maximum(
        fills[order] - 1, 1
    )
    price = np.exp(middle[order] + orders.side[order] * away)
    ticks = np.maximum(np.rint(price / instrument.tick), 1).astype(np.int64)
    return Tape(
        instrument,
        at_ms=orders.at_ms[order],
        ticks=ticks,
        lots=lots,
        side=orders.side[order],
        account=orders.account[order],
        order=order,
        event=orders.event[order],
        maker=orders.maker[order],
    )


def expected_fills(path: Path, orders: Orders) -> float:
    """How many trades the orders make on average."""
    price = np.exp(path.log_mid[orders.priced_at_ms // 1_000])
    money = orders.lots * path.instrument.lot * price / path.instrument.touch_depth
    depths = np.exp(DEPTH_DEVIATION * norm.ppf(DEPTH_QUANTILES))
    return float(np.mean([_fills(orders, money / depth, MOST_FILLS).sum() for depth in depths]))


def _fills(orders: Orders, depths: np.ndarray, most_fills: int) -> np.ndarray:
    """The number of trades of orders that are so many times as large as the best depth."""
    levels = 1 + np.floor(depths**0.7).astype(np.int64)
    fills = np.where(orders.fills > 0, orders.fills, np.minimum(levels, most_fills))
    return np.minimum(fills, orders.lots)


def _split(
    random: np.random.Generator,
    lots: np.ndarray,
    fills: np.ndarray,
    order: np.ndarray,
    first: np.ndarray,
) -> np.ndarray:
    """Share each order's lots among its fills at random, at least one lot each."""
    weight = random.standard_exponential(len(order))
    running = np.cumsum(weight)
    before = (running - weight)[first]
    total = running[first + fills - 1] - before
    share = np.clip((running - before[order]) / total[order], 0.0, 1.0)
    share[first + fills - 1] = 1.0
    reached = np.floor((lots - fills)[order] * share).astype(np.int64)
    earlier = np.concatenate([[0], reached[:-1]])
    earlier[first] = 0
    return 1 + reached - earlier
