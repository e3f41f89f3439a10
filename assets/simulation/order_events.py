"""Order events: every order of a market from its placing to its last fill or its cancelling.

A taker's order is placed and filled in one millisecond; the resting orders that it meets were
placed before, at that price; quotes are placed and cancelled. A resting bid is always below the
middle price and an ask above it, so quotes never cross the book.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime

import numpy as np
import pyarrow as pa

from assets.simulation.accounts import Accounts
from assets.simulation.quotes import Quotes
from assets.simulation.range_extremes import RangeExtremes
from assets.simulation.resting import (
    LONGEST_REST_MS,
    Resting,
    everyday_quotes,
    quote_ticks,
    resting_orders,
)
from assets.simulation.symbol_market import VenueMarket
from assets.simulation.tape_files import decimals
from assets.simulation.trade_tables import Ids, account_ids, coded, microseconds, repeated

EVENT_NAMES = ("add", "update", "fill", "cancel")
ADD, UPDATE, FILL, CANCEL = range(len(EVENT_NAMES))
NO_TRADE = -1
# probability that a quote is reduced before it is cancelled, if it rests long enough
UPDATED, UPDATED_FROM_MS = 0.25, 100
# over all symbols, so that their files have one schema
SCALE = 8


@dataclass(frozen=True)
class Events:
    """Order events as columns; `order` counts takers' orders first, then makers', then quotes.

    `lots` is the placed, changed, filled or cancelled quantity, `remaining` the quantity resting
    then; `trade` is the tape's row that a fill belongs to.
    """

    at_ms: np.ndarray
    event: np.ndarray
    order: np.ndarray
    account: np.ndarray
    side: np.ndarray
    ticks: np.ndarray
    lots: np.ndarray
    remaining: np.ndarray
    trade: np.ndarray

    @classmethod
    def of(cls, at_ms: np.ndarray, event: int, *columns: np.ndarray | int) -> "Events":
        """Events of one kind; scalars count for every row."""
        kinds = ("i8", "i1", "i8", "i4", "i1", "i8", "i8", "i8", "i8")
        return cls(
            *(
                np.broadcast_to(column, len(at_ms)).astype(kind)
                for column, kind in zip((at_ms, event, *columns), kinds, strict=True)
            )
        )

    @classmethod
    def by_time(cls, parts: Sequence["Events"]) -> "Events":
        """All events by time; at equal times in the order of the parts."""
        rows = np.argsort(np.concatenate([part.at_ms for part in parts]), kind="stable")
        return cls(
            *(
                np.concatenate([getattr(part, field.name) for part in parts])[rows]
                for field in fields(cls)
            )
        )


def order_events(
    random: np.random.Generator,
    market: VenueMarket,
    accounts: Accounts,
    ids: Ids,
    first_midnight: datetime,
) -> pa.Table:
    """One row an event, by time, in the shape of `core.orders`.

    `event_at` is in microseconds since 1970, `sequence` the place of the event, `trade_id` the
    trade of a fill.
    """
    instrument = market.path.instrument
    events = Events.by_time(_parts(random, market, accounts))
    count = len(events.at_ms)
    return pa.table(
        {
            "venue": repeated(market.venue.name, count),
            "symbol": repeated(instrument.symbol, count),
            "event_at": microseconds(first_midnight, events.at_ms),
            "sequence": pa.array(np.arange(1, count + 1)),
            "event": coded(events.event, EVENT_NAMES),
            "order_id": ids.takers(events.order),
            "account_id": account_ids(market.venue.mark, events.account),
            "order_side": coded(events.side < 0, ("buy", "sell")),
            "price": _exact(events.ticks, instrument.price_decimals),
            "quantity": _exact(events.lots, instrument.lot_decimals),
            "remaining": _exact(events.remaining, instrument.lot_decimals),
            "trade_id": ids.trades(events.trade, is_null=events.trade == NO_TRADE),
        }
    )


def _parts(random: np.random.Generator, market: VenueMarket, accounts: Accounts) -> list[Events]:
    extremes = RangeExtremes(market.path.log_mid, LONGEST_REST_MS // 1_000 + 2)
    resting = resting_orders(random, market, extremes)
    quotes = Quotes.together([market.quotes, everyday_quotes(random, market, accounts)])
    ticks = quote_ticks(quotes, market.path, extremes)
    takers = int(market.tape.order[-1]) + 1 if len(market.tape) else 0
    makers = takers + market.other_side.order_count
    return [
        *_quoted(random, quotes, ticks, makers),
        _placed(market, resting, takers),
        *_taken(market, resting, takers),
        _given_up(market, resting, takers),
    ]


def _quoted(
    random: np.random.Generator, quotes: Quotes, ticks: np.ndarray, first: int
) -> list[Events]:
    """Events of quotes: all are placed, some reduced, all cancelled."""
    number = first + np.arange(len(quotes))
    rest = quotes.until_ms - quotes.at_ms
    changed = np.flatnonzero((rest > UPDATED_FROM_MS) & (random.random(len(quotes)) < UPDATED))
    at = quotes.at_ms[changed] + 1 + (rest[changed] * 0.9 * random.random(len(changed))).astype(int)
    smaller = np.ceil(quotes.lots[changed] * random.uniform(0.3, 0.9, len(changed)))
    last = quotes.lots.copy()
    last[changed] = smaller
    who = (number, quotes.account, quotes.side, ticks)
    which = tuple(column[changed] for column in who)
    return [
        Events.of(quotes.at_ms, ADD, *who, quotes.lots, quotes.lots, NO_TRADE),
        Events.of(at, UPDATE, *which, last[changed], last[changed], NO_TRADE),
        Events.of(quotes.until_ms, CANCEL, *who, last, 0, NO_TRADE),
    ]


def _placed(market: VenueMarket, resting: Resting, first: int) -> Events:
    tape = market.tape
    return Events.of(
        resting.placed_ms,
        ADD,
        first + np.arange(len(resting.first)),
        market.other_side.account[resting.first],
        -tape.side[resting.first],
        tape.ticks[resting.first],
        resting.total,
        resting.total,
        NO_TRADE,
    )


def _given_up(market: VenueMarket, resting: Resting, first: int) -> Events:
    """Cancel the rest of the resting orders."""
    tape, rows = market.tape, np.flatnonzero(resting.left)
    fill = resting.first[rows]
    return Events.of(
        resting.cancelled_ms[rows],
        CANCEL,
        first + rows,
        market.other_side.account[fill],
        -tape.side[fill],
        tape.ticks[fill],
        resting.left[rows],
        0,
        NO_TRADE,
    )


def _taken(market: VenueMarket, resting: Resting, takers: int) -> list[Events]:
    """Takers' orders, and the fills of both sides, the taker's first."""
    tape, other_side = market.tape, market.other_side
    first = np.flatnonzero(np.diff(tape.order, prepend=-1))
    worst = np.append(first[1:], len(tape))[: len(first)] - 1
    total = np.add.reduceat(tape.lots, first) if len(first) else tape.lots
    came = Events.of(tape.at_ms[first], ADD, tape.order[first], tape.account[first],
                     tape.side[first], tape.ticks[worst], total, total, NO_TRADE)  # fmt: skip
    row = np.repeat(np.arange(len(tape)), 2)
    filled = Events.of(
        tape.at_ms[row],
        FILL,
        _alternating(tape.order, takers + other_side.order),
        _alternating(tape.account, other_side.account),
        _alternating(tape.side, -tape.side),
        tape.ticks[row],
        tape.lots[row],
        _alternating(
            remaining(tape.lots, first, total), remaining(tape.lots, resting.first, resting.total)
        ),
        row,
    )
    return [came, filled]


def remaining(lots: np.ndarray, first: np.ndarray, total: np.ndarray) -> np.ndarray:
    """The remaining quantity after each fill, from the orders' totals and first fills."""
    running = np.cumsum(lots)
    fills = np.diff(np.append(first, len(lots)))
    return np.repeat(total + (running - lots)[first], fills) - running


def _exact(whole: np.ndarray, scale: int) -> pa.Array:
    return decimals(whole * 10 ** (SCALE - scale), SCALE)


def _alternating(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.stack([one, other], axis=1).ravel()
