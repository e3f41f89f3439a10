"""Trades with the columns of the trade message, and the ids shared by a market's files."""

from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.simulation.symbol_market import VenueMarket
from assets.simulation.tape_files import FIRST_TRADE_ID, ORDER_IDS_A_SYMBOL, decimals
from assets.simulation.venues import VENUES

# more than there are symbols on venues
SYMBOLS_A_DAY = 100
ORDER_TYPES = ("MARKET", "LIMIT", "STOP_LOSS", "TAKE_PROFIT")
# shares of the order types in hundredths; the order's number determines its type
ORDER_TYPE_SHARES = (46, 47, 4, 3)


class Ids:
    """Ids of one symbol's orders on one venue: takers' first, then makers', then quotes'."""

    def __init__(self, market: VenueMarket, place: int, days_before: int = 0) -> None:
        # each day before had as many trades: without a hole that would be trades that are missing
        self.first_trade = FIRST_TRADE_ID + days_before * len(market.tape)
        number = 1 + place * len(VENUES) + VENUES.index(market.venue)
        self.first = (days_before * SYMBOLS_A_DAY + number) * ORDER_IDS_A_SYMBOL
        self.first_maker = self.first + int(market.tape.order[-1] + 1 if len(market.tape) else 0)
        self.first_quote = self.first_maker + market.other_side.order_count

    def trades(self, rows: np.ndarray, is_null: np.ndarray | None = None) -> pa.Array:
        return pc.cast(pa.array(self.first_trade + rows, mask=is_null), pa.string())

    def takers(self, orders: np.ndarray) -> pa.Array:
        return pc.cast(pa.array(self.first + orders), pa.string())

    def makers(self, orders: np.ndarray) -> pa.Array:
        return pc.cast(pa.array(self.first_maker + orders), pa.string())

    def quotes(self, rows: np.ndarray) -> pa.Array:
        return pc.cast(pa.array(self.first_quote + rows), pa.string())


def account_ids(mark: str, numbers: np.ndarray) -> pa.DictionaryArray:
    """`N01234`: the venue's mark and the number; an owner has one number on every venue."""
    names = [f"{mark}{number:05d}" for number in range(int(numbers.max(initial=0)) + 1)]
    return pa.DictionaryArray.from_arrays(pa.array(numbers.astype(np.int32)), names)


def trade_table(market: VenueMarket, ids: Ids, first_midnight: datetime) -> pa.Table:
    """One row per trade: times in microseconds since 1970, price and quantity as exact text."""
    tape, instrument = market.tape, market.path.instrument
    count = len(tape)
    return pa.table(
        {
            "venue": repeated(market.venue.name, count),
            "symbol": repeated(instrument.symbol, count),
            "trade_id": ids.trades(np.arange(count)),
            "traded_at": microseconds(first_midnight, tape.at_ms),
            "price": pc.cast(decimals(tape.ticks, instrument.price_decimals), pa.string()),
            "quantity": pc.cast(decimals(tape.lots, instrument.lot_decimals), pa.string()),
            "side": coded((tape.side < 0), ("buyer", "seller")),
            "order_id": ids.takers(tape.order),
            "order_type": coded(order_type_codes(tape.order), ORDER_TYPES),
            "account_id": account_ids(market.venue.mark, tape.account),
            "counterparty_account_id": account_ids(market.venue.mark, market.other_side.account),
            "customer_id": account_ids("C", tape.account),
        }
    )


def order_type_codes(order: np.ndarray) -> np.ndarray:
    """Rows of ORDER_TYPES for orders; an order of many fills has one."""
    # a multiplicative hash spreads neighbours, so that the same order always has the same type
    hundredth = (order.astype(np.uint64) * np.uint64(2_654_435_761) >> np.uint64(7)) % np.uint64(
        100
    )
    return np.searchsorted(np.cumsum(ORDER_TYPE_SHARES), hundredth, side="right")


def microseconds(first_midnight: datetime, at_ms: np.ndarray) -> pa.Array:
    """Microseconds since 1970 of times in ms since the first midnight."""
    return pa.array(int(np.datetime64(first_midnight, "us").astype(np.int64)) + at_ms * 1_000)


def repeated(value: str, count: int) -> pa.DictionaryArray:
    """A column with one value in every row."""
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(count, np.int8)), [value])


def coded(codes: np.ndarray, values: tuple[str, ...]) -> pa.DictionaryArray:
    """A column of few distinct values, from the places of the values."""
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int8)), list(values))
