"""Rows that an earlier version landed and that broke every run: they are quarantined."""

from datetime import date

import pyarrow as pa
import pytest

from assets.landing.writer import ObjectWriter

DAY = date(2024, 8, 9)
AT = "1723161600000"
TRADE = {
    "id": "1",
    "timestamp": AT,
    "symbol": "BTC/USDT",
    "side": "buy",
    "price": "1",
    "amount": "1",
}
AGGREGATE = {"agg_trade_id": "1", "price": "1", "quantity": "1", "transact_time": AT}
pytestmark = pytest.mark.slow
AGGREGATE |= {"venue_symbol": "BTCUSDT", "is_buyer_maker": "true"}
MESSAGE = {"symbol": "BTC-USDT", "trade_id": "1", "traded_at": AT + "000", "price": "1"}
MESSAGE |= {"quantity": "1", "side": "buyer"}
LEAST, MOST = "-9223372036854775808", "9223372036854775807"


def write(stage, kind: str, row: dict[str, str], day: date | None = DAY, venue="file") -> None:
    """An object as landing would write it, had it not looked at the row."""
    constants = {"format": kind, "venue": venue, "source_file": "old.csv", "source_digest": "d"}
    table = pa.table({name: [value] for name, value in row.items()})
    table = table.append_column("source_line", pa.array([2], pa.int64()))
    with ObjectWriter(stage.store, stage.folder, constants, f"old{len(str(row))}{venue}") as writer:
        writer.add(day, table, 100)


@pytest.mark.parametrize(
    ("kind", "row", "reason"),
    [
        ("ccxt", TRADE | {"symbol": "BTC\0/USDT"}, "a text contains a NUL"),
        ("ccxt", TRADE | {"id": "\0"}, "a text contains a NUL"),
        ("trade_log", TRADE | {"trade_id": "1", "trader_id": "a\0"}, "a text contains a NUL"),
        (
            "binance_agg_trades",
            AGGREGATE | {"first_trade_id": "-1", "last_trade_id": MOST},
            "the ids of the first and last fill disagree",
        ),
        (
            "binance_agg_trades",
            AGGREGATE | {"first_trade_id": MOST, "last_trade_id": LEAST},
            "the ids of the first and last fill disagree",
        ),
        *(
            (
                "tapewatch",
                MESSAGE | {"received_at": text},
                "received_at is no count of microseconds since 1970",
            )
            for text in (LEAST, MOST, "-9223372022400000001")
        ),
        (
            "tapewatch",
            MESSAGE | {"traded_at": LEAST},
            "the time cannot be read, or is not of the day it landed under",
        ),
    ],
)
def test_a_poisonous_row_is_quarantined(stage, kind, row, reason) -> None:
    write(stage, kind, row | ({"quantity": "1"} if kind == "trade_log" else {}))
    stage.normalise("2024-08-09")
    assert stage.rows("select reason, source_line from lake.quarantine.trades") == [(reason, 2)]
    assert stage.counts() == (0, 0, 1)
    texts = "concat_ws('', symbol, trade_id, raw, reason)"
    assert stage.rows(f"select contains({texts}, chr(0)) from lake.quarantine.trades") == [(False,)]


def test_the_least_integer_as_a_time_breaks_no_day(stage) -> None:
    write(stage, "ccxt", TRADE | {"timestamp": LEAST, "error": "no time"}, day=None)
    write(stage, "ccxt", TRADE)
    stage.normalise("2024-08-09")
    assert stage.counts() == (1, 0, 1)


def test_a_venue_called_unknown_is_quarantined(stage) -> None:
    write(stage, "tapewatch", MESSAGE, venue="unknown")
    stage.normalise("2024-08-09")
    assert stage.rows("select reason from lake.quarantine.trades") == [
        ("no venue may be called unknown",)
    ]


@pytest.mark.parametrize("at", ["2024-08-09T00:00:00Z", AT, AT + "000", "1723161600"])
def test_a_message_in_a_file_has_the_time_that_landing_read(stage, at) -> None:
    header = "venue,symbol,trade_id,traded_at,price,quantity,side"
    stage.land("t.csv", [header, f"kraken,BTC-USDT,1,{at},1,1,buyer"])
    stage.normalise("2024-08-09")
    assert stage.rows("select traded_at::varchar from lake.core.trades") == [
        ("2024-08-09 00:00:00",)
    ]
