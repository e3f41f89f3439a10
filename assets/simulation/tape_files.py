"""Trades as the CSV of a trade log, one file per day, all symbols by time."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path as FilePath

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from assets.simulation.accounts import account_name
from assets.simulation.background import DAY
from assets.simulation.book import Tape
from assets.simulation.orders import EVENTS

FIRST_TRADE_ID = 10_000_001
FIRST_ORDER_ID = 50_000_001
# ids of symbols start this far apart, so no two orders share an id
ORDER_IDS_A_SYMBOL = 100_000_000


def write_days(
    tapes: Mapping[str, Tape], first_midnight: datetime, day_count: int, folder: FilePath
) -> list[FilePath]:
    """Write `trades_<day>.csv` for each day; the same tapes make the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    options = pacsv.WriteOptions(quoting_style="none", quoting_header="none")
    for day in range(day_count):
        path = folder / f"trades_{first_midnight + timedelta(days=day):%Y-%m-%d}.csv"
        pacsv.write_csv(day_table(list(tapes.values()), first_midnight, day), path, options)
        files.append(path)
    return files


def day_table(tapes: Sequence[Tape], first_midnight: datetime, day: int) -> pa.Table:
    """The trades of one day, in the columns of a trade log."""
    parts, times = [], []
    for place, tape in enumerate(tapes):
        rows = slice(*np.searchsorted(tape.at_ms, [day * DAY * 1_000, (day + 1) * DAY * 1_000]))
        times.append(tape.at_ms[rows])
        parts.append(_columns(tape, rows, place, first_midnight))
    order = np.argsort(np.concatenate(times), kind="stable")
    return pa.concat_tables(parts).take(pa.array(order))


def _columns(tape: Tape, rows: slice, place: int, first_midnight: datetime) -> pa.Table:
    instrument = tape.instrument
    count = rows.stop - rows.start
    first_us = np.datetime64(first_midnight, "us").astype(np.int64)
    stamps = pa.array((first_us + tape.at_ms[rows] * 1_000).view("datetime64[us]"))
    trade_ids = FIRST_TRADE_ID + np.arange(rows.start, rows.stop)
    order_ids = FIRST_ORDER_ID + place * ORDER_IDS_A_SYMBOL + tape.order[rows]
    names = pa.array([account_name(number) for number in range(tape.account.max() + 1)])
    return pa.table(
        {
            "trade_id": pc.cast(pa.array(trade_ids), pa.string()),
            "timestamp": pc.call_function(
                "strftime", [stamps], pc.StrftimeOptions("%Y-%m-%dT%H:%M:%S")
            ),
            "symbol": pa.repeat(instrument.venue_symbol, count),
            "price": pc.cast(decimals(tape.ticks[rows], instrument.price_decimals), pa.string()),
            "quantity": pc.cast(decimals(tape.lots[rows], instrument.lot_decimals), pa.string()),
            "side": pa.array(["SELL", "BUY"]).take(pa.array((tape.side[rows] > 0).astype(np.int8))),
            "trader_id": names.take(pa.array(tape.account[rows])),
            "order_id": pc.cast(pa.array(order_ids), pa.string()),
            "event_type": pa.array(EVENTS).take(pa.array(tape.event[rows])),
        }
    )


def decimals(whole: np.ndarray, scale: int) -> pa.Array:
    """Exact decimals from whole ticks or lots."""
    words = np.stack([whole, whole >> 63], axis=1).astype("<i8")
    buffers = [None, pa.py_buffer(words.tobytes())]
    return pa.Array.from_buffers(pa.decimal128(18, scale), len(whole), buffers)
