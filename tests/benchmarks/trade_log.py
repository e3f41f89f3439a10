"""Write a trade log like the one that the replaced Spark system fed itself, of any length.

    python tests/benchmarks/trade_log.py --rows 10000000 --out trades.csv --seed 1

Steps 10 to 100 ms apart over three symbols and 500 traders: 96 % are a trade with N(0, $5) of price
noise, 2 % a wash pair (one trader, price and time; 10 to 30 units), 2 % a burst of 20 buys above
the base price and 15 sells below it, all with one timestamp: 1.7 rows a step. What the description
leaves open is our choice: the base prices, the first day, and the size of an ordinary trade.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

SYMBOLS = np.array(["BTCUSDT", "ETHUSDT", "SOLUSDT"])
BASE_PRICES = np.array([43_000.0, 2_300.0, 95.0])
TRADER_COUNT = 500
START_US = np.datetime64("2024-01-01T00:00:00", "us").astype(np.int64)
STEP_US = (10_000, 100_001)

TRADE, WASH, BURST = 0, 1, 2
KIND_SHARES = (0.96, 0.02, 0.02)
BUYS, SELLS = 20, 15
KIND_ROWS = np.array([1, 2, BUYS + SELLS])
EVENTS = np.array(["TRADE", "WASH", "PUMP", "DUMP"])
PUMP, DUMP = 2, 3

STEPS_A_BATCH = 100_000
HEX_PAIRS = np.array([f"{byte:02x}".encode() for byte in range(256)]).view(np.uint16)
HEX_AT = np.array([*range(8), *range(9, 13), *range(14, 18), *range(19, 23), *range(24, 36)])


def batches(rows: int, seed: int) -> Iterator[pa.Table]:
    """Tables of the log in the order of time, together exactly `rows` long."""
    random = np.random.default_rng(seed)
    clock = START_US
    while rows > 0:
        table, clock = _batch(random, clock)
        yield table.slice(0, rows)
        rows -= table.num_rows


def _batch(random: np.random.Generator, clock: int) -> tuple[pa.Table, int]:
    times = clock + np.cumsum(random.integers(*STEP_US, STEPS_A_BATCH))
    kind = random.choice(3, STEPS_A_BATCH, p=KIND_SHARES)
    symbol = random.integers(0, len(SYMBOLS), STEPS_A_BATCH)
    trader = random.integers(0, TRADER_COUNT, STEPS_A_BATCH)
    noise = random.normal(0.0, 5.0, STEPS_A_BATCH)
    quantity = random.uniform(10.0, 30.0, STEPS_A_BATCH)

    count = KIND_ROWS[kind]
    step = np.repeat(np.arange(STEPS_A_BATCH), count)
    place = np.arange(len(step)) - np.repeat(np.cumsum(count) - count, count)
    kind, noise, quantity, trader = kind[step], noise[step], quantity[step], trader[step]
    buys = (kind == BURST) & (place < BUYS)
    sells = (kind == BURST) & (place >= BUYS)
    ordinary = kind == TRADE

    # a pair shares trader, price and size; in a burst every row has its own
    burst = buys | sells
    trader[burst] = random.integers(0, TRADER_COUNT, burst.sum())
    noise[buys] = random.uniform(10.0, 30.0, buys.sum())
    noise[sells] = -random.uniform(5.0, 15.0, sells.sum())
    quantity[buys] = random.uniform(50.0, 120.0, buys.sum())
    quantity[sells] = random.uniform(60.0, 150.0, sells.sum())
    quantity[ordinary] = random.uniform(0.1, 10.0, ordinary.sum())

    is_buy = np.where(ordinary, random.random(len(step)) < 0.5, place == 0) | buys
    event = np.where(buys, PUMP, np.where(sells, DUMP, kind))
    price = np.maximum(np.round(BASE_PRICES[symbol[step]] + noise, 2), 0.01)
    stamps = pa.array(times[step].view("datetime64[us]"))
    table = pa.table(
        {
            "trade_id": _uuids(random, len(step)),
            "timestamp": pc.call_function(
                "strftime", [stamps], pc.StrftimeOptions("%Y-%m-%dT%H:%M:%S")
            ),
            "symbol": _words(SYMBOLS, symbol[step]),
            "price": price,
            "quantity": np.round(quantity, 4),
            "side": _words(np.array(["SELL", "BUY"]), is_buy.astype(np.int8)),
            "trader_id": _words(np.array([f"T{n:04d}" for n in range(TRADER_COUNT)]), trader),
            "order_id": _uuids(random, len(step)),
            "event_type": _words(EVENTS, event),
        }
    )
    return table, int(times[-1])


def _words(words: np.ndarray, index: np.ndarray) -> pa.Array:
    return pa.array(words).take(pa.array(index))


def _uuids(random: np.random.Generator, count: int) -> pa.Array:
    """Random UUIDs of version 4, as text."""
    raw = np.frombuffer(random.bytes(16 * count), np.uint8).reshape(count, 16).copy()
    raw[:, 6] = raw[:, 6] & 0x0F | 0x40
    raw[:, 8] = raw[:, 8] & 0x3F | 0x80
    text = np.full((count, 36), ord("-"), np.uint8)
    text[:, HEX_AT] = HEX_PAIRS[raw].view(np.uint8).reshape(count, 32)
    ends = np.arange(0, 36 * (count + 1), 36, dtype=np.int32)
    return pa.StringArray.from_buffers(count, pa.py_buffer(ends), pa.py_buffer(text))


def write(rows: int, path: Path, seed: int) -> None:
    """Write the log as CSV; memory does not grow with its length."""
    options = pacsv.WriteOptions(quoting_style="none", quoting_header="none")
    writer = None
    for table in batches(rows, seed):
        writer = writer or pacsv.CSVWriter(path, table.schema, write_options=options)
        writer.write_table(table)
    if writer:
        writer.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Write a trade log for the benchmark.")
    parser.add_argument("--rows", type=int, required=True, help="rows of the file, header aside")
    parser.add_argument("--out", type=Path, required=True, help="path of the CSV file")
    parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same bytes")
    arguments = parser.parse_args()
    write(arguments.rows, arguments.out, arguments.seed)
