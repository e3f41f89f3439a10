"""Binance's public archives: with and without header, spot and futures, zipped, gzipped, plain."""

import pytest

from assets.landing.files.report import LandingError

TRADES = (
    "3722563331,61700.01000000,0.00500000,308.50005000,1723161600017,True,True\n"
    "3722563332,61700.02000000,0.01000000,617.00020000,1723161600021,False,True\n"
)
AGG_TRADES = (
    "3082563331,61700.01,0.005,3722563331,3722563333,1723161600017,true,true\n"
    "3082563332,61700.02,0.010,3722563334,3722563334,1723161600021,false,true\n"
)
FUTURES_HEADER = "id,price,qty,quote_qty,time,is_buyer_maker\n"
FUTURES = "5182006711,63960.00,0.310,19827.6,1721347202812,true\n"


@pytest.mark.parametrize("suffix", [".zip", ".csv", ".csv.gz"])
def test_trades_land_whatever_holds_them(land, write, rows_of, suffix):
    report = land(write(f"BTCUSDT-trades-2024-08-09{suffix}", TRADES))
    assert (report.format, report.venue, report.rows) == ("binance_trades", "binance", 2)
    first, second = rows_of(report)
    assert first["venue_symbol"] == "BTCUSDT"
    assert first["price"] == "61700.01000000"
    assert first["time"] == "1723161600017"
    # true: the buyer's order stood in the book, the seller took
    assert (first["is_buyer_maker"], second["is_buyer_maker"]) == ("True", "False")


def test_files_without_header_count_lines_from_one(land, write, rows_of):
    report = land(write("BTCUSDT-trades-2024-08-09.zip", TRADES))
    assert [row["source_line"] for row in rows_of(report)] == [1, 2]


def test_files_with_header_count_it_as_line_one(land, write, rows_of):
    report = land(write("BTCUSDT-trades-2024-07-19.zip", FUTURES_HEADER + FUTURES))
    assert [row["source_line"] for row in rows_of(report)] == [2]


@pytest.mark.parametrize(
    ("name", "content", "venue"),
    [
        ("BTCUSDT-trades-2024-08-09.csv", TRADES, "binance"),
        ("BTCUSDT-trades-2024-07-19.csv", FUTURES_HEADER + FUTURES, "binance_usdm"),
        ("BTCUSDT-trades-2024-07-19.csv", FUTURES, "binance_usdm"),
        (
            "BTCUSD_PERP-trades-2024-07-19.csv",
            FUTURES_HEADER.replace("quote_qty", "base_qty") + FUTURES,
            "binance_coinm",
        ),
        ("ETHUSD_241227-trades-2024-07-19.csv", FUTURES, "binance_coinm"),
    ],
)
def test_columns_and_symbol_tell_the_market(land, write, name, content, venue):
    assert land(write(name, content)).venue == venue


def test_a_venue_that_is_asked_for_stands_above_the_file(land, write, rows_of):
    report = land(write("BTCUSDT-trades-2024-08-09.zip", TRADES), venue="binance_us")
    assert report.venue == "binance_us"
    assert {row["venue"] for row in rows_of(report)} == {"binance_us"}
    assert all("/venue=binance_us/" in key for key in report.objects)


def test_aggregate_trades_keep_the_range_of_their_fills(land, write, rows_of):
    report = land(write("BTCUSDT-aggTrades-2024-08-09.zip", AGG_TRADES))
    assert (report.format, report.venue) == ("binance_agg_trades", "binance")
    row = rows_of(report)[0]
    assert row["agg_trade_id"] == "3082563331"
    assert (row["first_trade_id"], row["last_trade_id"]) == ("3722563331", "3722563333")
    assert row["is_buyer_maker"] == "true"


def test_aggregate_trades_of_futures_have_a_header(land, write, rows_of):
    header = (
        "agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker\n"
    )
    line = "2405291,63960.0,0.31,5182006711,5182006711,1721347202812,true\n"
    with_header = land(write("BTCUSDT-aggTrades-2024-07-19.zip", header + line))
    without_header = land(write("older/BTCUSDT-aggTrades-2024-07-19.zip", line))
    assert with_header.venue == without_header.venue == "binance_usdm"
    assert rows_of(with_header)[0]["agg_trade_id"] == rows_of(without_header)[0]["agg_trade_id"]


@pytest.mark.parametrize("time", ["1735689600000", "1735689600000000"])
def test_milliseconds_and_microseconds_give_the_same_day(land, write, time):
    report = land(write("BTCUSDT-trades-2025-01-01.csv", f"1,2.0,3.0,6.0,{time},True,True\n"))
    assert [day.isoformat() for day in report.dates] == ["2025-01-01"]
    assert report.first_traded_at == report.last_traded_at
    assert report.first_traded_at.isoformat() == "2025-01-01T00:00:00"


def test_the_content_tells_the_format_and_not_the_name(land, write):
    assert (
        land(write("BTCUSDT-aggTrades-2024-08-09.zip", AGG_TRADES)).format == "binance_agg_trades"
    )
    with pytest.raises(LandingError, match=r"whose rows have no symbol"):
        land(write("BTCUSDT-trades-2024-08-09.zip", AGG_TRADES))


def test_the_table_inside_a_zip_may_tell_the_symbol(land, write, rows_of):
    path = write("download.zip", TRADES, member="BTCUSDT-trades-2024-08-09.csv")
    assert rows_of(land(path))[0]["venue_symbol"] == "BTCUSDT"


def test_a_name_without_symbol_is_an_error_with_its_cure(land, write):
    with pytest.raises(LandingError, match=r"trades\.csv, line 1: .*BTCUSDT-trades-2024-08-09"):
        land(write("trades.csv", TRADES))


def test_the_same_bytes_under_another_symbol_are_other_rows(land, write):
    first = land(write("BTCUSDT-trades-2024-08-09.csv", TRADES))
    renamed = land(write("ETHUSDT-trades-2024-08-09.csv", TRADES))
    copy = land(write("copy/BTCUSDT-trades-2024-08-09.csv", TRADES))
    assert renamed.new_objects
    assert copy.objects == first.objects
    assert not copy.new_objects


def test_a_file_whose_first_row_is_broken_is_still_known(land, write, rows_of):
    report = land(write("BTCUSDT-trades-2024-08-09.csv", f"garbage\n{TRADES}"))
    assert (report.rows, report.rejected) == (3, 1)
    assert rows_of(report)[0]["error"] == "the line has 1 fields where 7 were expected"


@pytest.mark.parametrize(
    ("name", "symbol"),
    [
        ("币安人生USDT-aggTrades-2024-08-09.csv", "币安人生USDT"),
        ("qtumusdt-aggtrades-2024-08-09.csv", "QTUMUSDT"),
        ("我踏马来了usdt-aggTrades-2024-08-09.zip", "我踏马来了USDT"),
        ("spot_BTCUSDT-aggTrades-2024-08-09.csv.gz", "BTCUSDT"),
    ],
)
def test_a_name_has_letters_of_any_script_and_case(land, write, rows_of, name, symbol):
    report = land(write(name, "1,0.3,10,1,1,1723161600004,False,True\n"))
    assert [row["venue_symbol"] for row in rows_of(report)] == [symbol]
    assert report.venue == "binance"


def test_a_name_that_is_no_text_lands_and_is_shown(land, write, rows_of):
    name = "BTCUSDT-aggTrades-2024-08-09-\udcff.csv"
    report = land(write(name, "1,0.3,10,1,1,1723161600004,False,True\n"))
    assert report.file.endswith("2024-08-09-\\udcff.csv")
    assert rows_of(report)[0]["source_file"] == "BTCUSDT-aggTrades-2024-08-09-\\udcff.csv"
