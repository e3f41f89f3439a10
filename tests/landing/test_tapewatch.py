"""Trades in the columns of our own message, as a table in a file."""

import pyarrow as pa
import pyarrow.parquet as pq

HEADER = "venue,symbol,trade_id,traded_at,price,quantity,side,account_id\n"
LINE = "kraken,BTC-USDT,7,1723204800123000,60000.10,0.5,buyer,a\n"


def test_the_rows_tell_their_venue(land, write, rows_of):
    report = land(write("trades.csv", HEADER + LINE))
    assert (report.format, report.venue, report.rows) == ("tapewatch", "kraken", 1)
    assert [day.isoformat() for day in report.dates] == ["2024-08-09"]
    row = rows_of(report)[0]
    assert (row["venue"], row["symbol"], row["account_id"]) == ("kraken", "BTC-USDT", "a")
    assert "file_venue" not in row


def test_parquet_with_numbers_lands_as_the_same_text(land, tmp_path, rows_of):
    path = tmp_path / "trades.parquet"
    columns = {"venue": ["kraken"], "symbol": ["BTC-USDT"], "trade_id": ["7"]}
    numbers = {
        "traded_at": [1_723_204_800_123_000],
        "price": pa.array([pa.scalar("60000.10").cast(pa.decimal128(12, 2))]),
        "quantity": pa.array([pa.scalar("0.5").cast(pa.decimal128(12, 1))]),
    }
    pq.write_table(pa.table(columns | numbers), path)
    row = rows_of(land(path))[0]
    assert (row["traded_at"], row["price"], row["quantity"]) == (
        "1723204800123000",
        "60000.10",
        "0.5",
    )


def test_rows_of_another_venue_land_under_it(land, write):
    report = land(write("trades.csv", HEADER + LINE + LINE.replace("kraken", "okx") + LINE))
    assert (report.rows, report.rejected, report.venue) == (3, 0, "kraken, okx")
    assert [key.split("/")[2] for key in report.objects] == ["venue=kraken", "venue=okx"]


def test_a_row_without_a_venue_is_set_aside_with_its_line(land, write):
    report = land(write("trades.csv", HEADER + LINE + LINE.replace("kraken", "…")))
    assert (report.rows, report.rejected) == (2, 1)
    (problem,) = report.problems
    assert (problem.line, problem.what) == (3, "the row names no venue in a-z, 0-9 and _")
