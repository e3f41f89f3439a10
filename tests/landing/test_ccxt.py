"""CSV and Parquet with ccxt's unified columns."""

from datetime import date, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

HEADER = "symbol,timestamp,datetime,side,price,amount,btc_volume\n"
LINES = (
    "AST/BTC,1535297434173,2018-08-26T15:30:34.173Z,buy,1.435e-05,4.0,5.74e-05\n"
    "AST/BTC,1535297632966,2018-08-26T15:33:52.966Z,sell,1.435e-05,4.0,5.74e-05\n"
)


@pytest.mark.parametrize("name", ["AST_2018-09-07T15.30.csv.gz", "trades.csv"])
def test_csv_lands_as_the_text_that_it_is(land, write, rows_of, name):
    report = land(write(name, HEADER + LINES))
    assert (report.format, report.venue, report.rows) == ("ccxt", "file", 2)
    first, second = rows_of(report)
    assert first["price"] == "1.435e-05"
    assert first["amount"] == "4.0"
    assert (first["side"], second["side"]) == ("buy", "sell")


def test_columns_that_are_not_ccxts_are_kept(land, write, rows_of):
    assert rows_of(land(write("trades.csv", HEADER + LINES)))[0]["btc_volume"] == "5.74e-05"


def test_names_in_camel_case_are_spelled_in_snake_case(land, write, rows_of):
    header = "id,timestamp,symbol,takerOrMaker,price,amount\n"
    report = land(write("trades.csv", header + "7,1535297434173,AST/BTC,taker,1,2\n"))
    assert rows_of(report)[0]["taker_or_maker"] == "taker"


def test_a_row_is_of_the_venue_that_it_names(land, write, rows_of):
    header = "venue,symbol,timestamp,price,amount\n"
    row = rows_of(land(write("trades.csv", header + "kraken,AST/BTC,1535297434173,1,2\n")))[0]
    assert row["venue"] == "kraken"


def test_a_column_never_takes_the_place_of_what_landing_says(land, write, rows_of):
    header = "error,symbol,timestamp,price,amount\n"
    row = rows_of(land(write("trades.csv", header + "mine,AST/BTC,1535297434173,1,2\n")))[0]
    assert (row["error"], row["file_error"]) == (None, "mine")


def test_the_datetime_serves_where_the_timestamp_is_empty(land, write, rows_of):
    lines = (
        "AST/BTC,1535297434173,,buy,1,2,3\n"
        "AST/BTC,,2018-08-27T00:00:00.000Z,buy,1,2,3\n"
        "AST/BTC,,,buy,1,2,3\n"
    )
    report = land(write("trades.csv", HEADER + lines))
    assert report.dates == (date(2018, 8, 26), date(2018, 8, 27))
    assert report.rejected == 1
    assert rows_of(report)[2]["error"] == "empty timestamp cannot be read as a time"


def test_empty_fields_are_null(land, write, rows_of):
    report = land(write("trades.csv", HEADER + "AST/BTC,1535297434173,,,1,2,\n"))
    row = rows_of(report)[0]
    assert (row["datetime"], row["side"], row["btc_volume"]) == (None, None, None)


def test_parquet_lands_with_the_number_of_the_row_as_its_line(land, tmp_path, rows_of):
    table = pa.table(
        {
            "id": pa.array([7.0, None]),
            "timestamp": pa.array([1535297434173, 1535297632966]),
            "symbol": ["AST/BTC", "AST/BTC"],
            "side": pa.array(["buy", "sell"]).dictionary_encode(),
            "price": [1.435e-05, 335.0],
            "amount": [4.5, 4.0],
            "fee": [{"cost": 0.1}, None],
        }
    )
    pq.write_table(table, path := tmp_path / "trades.parquet")
    first, second = rows_of(report := land(path))
    assert (report.format, report.rows) == ("ccxt", 2)
    assert (first["source_line"], second["source_line"]) == (1, 2)
    assert (first["id"], second["id"]) == ("7", None)
    assert float(first["price"]) == 1.435e-05
    assert second["price"] == "335"
    assert first["fee"] == '{"cost": 0.1}'


def test_parquet_may_hold_times_as_times(land, tmp_path):
    when = datetime(2021, 1, 8, 0, 0, 0, 278000)
    table = pa.table(
        {
            "timestamp": pa.array([when], pa.timestamp("ms", tz="UTC")),
            "symbol": ["BTC/USDT"],
            "price": [1.0],
            "amount": [1.0],
        }
    )
    pq.write_table(table, path := tmp_path / "trades.parquet")
    assert land(path).first_traded_at == when
