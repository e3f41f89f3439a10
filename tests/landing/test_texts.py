"""Rows whose texts no later stage can read are rejected where they land, by themselves."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assets.landing.files.report import LandingError

HEADER = "trade_id,timestamp,symbol,price,quantity,side,trader_id\n"
GOOD = "1,2025-03-01T10:00:00,BTCUSDT,60000.10,0.5,BUY,a1\n"
RECEIVED = "venue,symbol,trade_id,traded_at,price,quantity,received_at,side\n"


@pytest.mark.parametrize(
    ("before", "after", "column"),
    [("BTC", "B\0TC", "symbol"), (",a1", ",a\0", "trader_id"), ("1,", "\x001,", "trade_id")],
)
def test_a_nul_rejects_its_row_and_no_other(land, write, rows_of, before, after, column):
    bad = GOOD.replace(before, after, 1)
    report = land(write("trades.csv", HEADER + GOOD + bad + GOOD))
    assert (report.rows, report.rejected) == (3, 1)
    row = rows_of(report)[1]
    assert row["error"] == f"the {column} contains a NUL"
    assert row["raw"] == bad.strip("\n").replace("\0", "\\x00")
    assert report.problems[0].line == 3


def test_a_field_longer_than_any_venues_is_rejected(land, write, rows_of):
    fits, long = (GOOD.replace("BTCUSDT", "币" * count) for count in (256, 257))
    report = land(write("trades.csv", HEADER + fits + long))
    assert [row["error"] for row in rows_of(report)] == [
        None,
        "the symbol is longer than 256 characters",
    ]


def test_bytes_that_are_no_text_reject_their_row_of_a_parquet(land, tmp_path, rows_of):
    ids = [b"a", b"good\xff\xfe\x80", b"c"]
    data = b"".join(ids)
    offsets = pa.array([0, 1, len(data) - 1, len(data)], pa.int32()).buffers()[1]
    table = pa.table(
        {
            # as a writer that does not look makes it
            "id": pa.StringArray.from_buffers(3, offsets, pa.py_buffer(data)),
            "symbol": ["A/B"] * 3,
            "timestamp": [1_740_823_200_000] * 3,
            "price": [1.0] * 3,
            "amount": [1.0] * 3,
        }
    )
    pq.write_table(table, path := tmp_path / "trades.parquet")
    report = land(path)
    rows = rows_of(report)
    assert [row["error"] for row in rows] == [None, "the id holds bytes that are no text", None]
    assert "good\\\\xff\\\\xfe\\\\x80" in rows[1]["raw"]


@pytest.mark.parametrize("received", ["-1", "9223372036854775807", "-9223372036854775808", "soon"])
def test_a_time_of_receipt_that_is_none_rejects_its_row(land, write, rows_of, received):
    good = "kraken,BTC-USDT,1,1740823200000000,1,1,1740823200000005,buyer\n"
    bad = good.replace("1740823200000005", received)
    float_, empty = good.replace("1740823200000005", "1.740823200000005e+15"), ",1,1,,buyer\n"
    empty = good.replace(",1,1,1740823200000005,buyer\n", empty)
    rows = rows_of(land(write("t.csv", RECEIVED + good + bad + float_ + empty)))
    assert [row["error"] is None for row in rows] == [True, False, True, True]
    assert rows[1]["error"] == f"received_at {received!r} is no count of microseconds since 1970"


def test_no_venue_is_called_as_what_has_none(land, write):
    line = "unknown,BTC-USDT,1,1740823200000000,1,1,,buyer\n"
    with pytest.raises(LandingError, match=r"t\.csv, line 1: the first row's venue is 'unknown'"):
        land(write("t.csv", RECEIVED + line))
