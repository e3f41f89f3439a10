"""Bad input names file, line and cure, and the good rows of the same file still land."""

import random
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assets.landing.files.importer import land_files
from assets.landing.files.report import LINES_NAMED, LandingError

HEADER = "trade_id,timestamp,symbol,price,quantity,side\n"
GOOD = "1,2025-03-01T10:00:00,BTCUSDT,60000.10,0.5,BUY\n"


def many_rows(count: int = 20_000) -> str:
    numbers = random.Random(7)
    return HEADER + "".join(
        f"{row},2025-03-01T10:00:00,BTCUSDT,{numbers.random()},{numbers.random()},BUY\n"
        for row in range(count)
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", ["trades.csv.gz", "trades.zip"])
def test_the_rows_before_a_cut_land(land, write, rows_of, name):
    path = write(name, many_rows())
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    report = land(path)
    rows = rows_of(report)
    assert 8_000 < report.rows < 12_000
    assert report.rejected == 1
    good, cut = rows[:-1], rows[-1]
    assert [row["trade_id"] for row in good] == [str(number) for number in range(len(good))]
    assert cut["error"] == "the file is cut off within this line"
    problem = report.problems[-1]
    assert problem.file == str(path)
    assert problem.line == cut["source_line"] == report.rows + 1
    assert "cut off" in problem.what
    assert "fetch the file again" in problem.cure


@pytest.mark.slow
def test_landing_the_whole_file_after_the_cut_one_brings_the_rest(land, write):
    path = write("trades.csv.gz", many_rows())
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert land(path).problems
    path.write_bytes(whole)
    report = land(path)
    assert (report.rows, report.rejected, report.problems) == (20_000, 0, ())


def test_damaged_bytes_within_a_zip_stop_the_file_there(land, write):
    path = write("trades.zip", many_rows())
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 200] = b"\xff" * 200
    path.write_bytes(data)
    report = land(path)
    assert report.rows > 5_000
    assert "cut off or damaged" in report.problems[-1].what


def test_a_zip_cut_before_its_first_line_is_an_error(land, write):
    path = write("trades.zip", many_rows())
    path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(LandingError, match=r"trades\.zip, line 1: the zip data are cut off"):
        land(path)


def test_a_second_table_in_a_zip_is_named_and_no_success(land, write):
    path = write("trades.zip", HEADER + GOOD)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("more.csv", HEADER + GOOD)
    report = land(path)
    assert report.rows == 1
    assert report.damage is not None
    assert "only trades.csv was read of the zip, not more.csv" in report.damage.what


def test_a_zip_without_a_member_is_an_error(land, tmp_path):
    path = tmp_path / "trades.zip"
    with zipfile.ZipFile(path, "w"):
        pass
    with pytest.raises(LandingError, match=r"there is no CSV file in the zip"):
        land(path)


def test_a_zip_without_a_table_is_an_error(land, write):
    with pytest.raises(LandingError, match=r"there is no CSV file in the zip"):
        land(write("trades.zip", "hello", member="readme.md"))


@pytest.mark.parametrize("name", ["trades.csv", "trades.csv.gz", "trades.zip"])
def test_an_empty_file_is_an_error(land, write, name):
    with pytest.raises(LandingError, match=r"line 1: .*(empty|nothing).*fetch it again"):
        land(write(name, ""))


def test_blank_lines_alone_are_an_error(land, write):
    with pytest.raises(LandingError, match=r"blank lines only"):
        land(write("trades.csv", "\n \n\n"))


def test_a_header_alone_is_a_problem(land, write):
    report = land(write("trades.csv", HEADER))
    assert (report.rows, report.objects, report.dates) == (0, (), ())
    assert report.first_traded_at is None
    assert "line 1: there is no trade in the file" in str(report.problems[0])


def test_a_wrong_column_names_what_was_expected_and_the_cure(land, write):
    with pytest.raises(LandingError) as raised:
        land(write("trades.csv", "\n" + HEADER.replace("quantity", "quantities") + GOOD))
    error = raised.value
    assert error.file.endswith("trades.csv")
    assert error.line == 2
    assert "has no column 'quantity'" in str(error)
    assert "expected are trade_id, timestamp, symbol, price, quantity, side" in error.cure
    assert "should 'quantities' be called 'quantity'?" in error.cure


def test_a_column_named_twice_is_an_error(land, write):
    with pytest.raises(LandingError, match=r"names a column twice: price"):
        land(write("trades.csv", HEADER.replace("quantity", "price") + GOOD))


@pytest.mark.parametrize("content", ['{"a": 1}\n', "hello\nworld\n", b"\x00\x01\xff\xfe\n"])
def test_an_unknown_file_names_the_known_formats(land, write, content):
    with pytest.raises(LandingError, match=r"no known format.*known are Binance's archives"):
        land(write("trades.csv", content))


def test_a_line_with_too_few_or_too_many_fields_is_rejected(land, write, rows_of):
    few, many = "2,2025-03-01T10:00:00,BTCUSDT\n", GOOD.replace("\n", ",extra\n")
    report = land(write("trades.csv", HEADER + GOOD + few + GOOD + many + GOOD))
    assert (report.rows, report.rejected) == (5, 2)
    rows = rows_of(report)
    assert [row["source_line"] for row in rows] == [2, 3, 4, 5, 6]
    assert rows[1]["error"] == "the line has 3 fields where 6 were expected"
    assert rows[1]["raw"] == few.strip()
    assert rows[1]["price"] is None
    assert rows[3]["error"] == "the line has 7 fields where 6 were expected"
    assert [problem.line for problem in report.problems] == [3, 5]
    assert "mend it" in report.problems[0].cure


def test_lines_are_counted_where_they_stand_in_the_file(land, write, rows_of):
    report = land(write("trades.csv", HEADER + "\n" + GOOD + "\n  \n" + "bad\n" + GOOD))
    rows = rows_of(report)
    assert [row["source_line"] for row in rows] == [3, 6, 7]
    assert [row["error"] is None for row in rows] == [True, False, True]
    assert report.skipped == {"blank line": 3}


def test_bytes_that_are_no_text_are_rejected_and_shown(land, write, rows_of):
    bad = GOOD.encode().replace(b"BTC", b"B\xffC")
    report = land(write("trades.csv", (HEADER + GOOD).encode() + bad + GOOD.encode()))
    assert (report.rows, report.rejected) == (3, 1)
    row = rows_of(report)[1]
    assert row["error"] == "byte 24 of the line is not UTF-8"
    assert "B\\xffC" in row["raw"]


def test_quotes_that_do_not_match_spoil_their_own_line_only(land, write, rows_of):
    bad = GOOD.replace("BTCUSDT", '"BTCUSDT')
    good = GOOD.replace("BTCUSDT", '"BTC,USDT"')
    report = land(write("trades.csv", HEADER + bad + good + bad + GOOD))
    rows = rows_of(report)
    assert [row["error"] is None for row in rows] == [False, True, False, True]
    assert rows[1]["symbol"] == "BTC,USDT"


def test_a_carriage_return_within_a_line_is_rejected(land, write, rows_of):
    bad = GOOD.replace("BTC", "B\rC")
    report = land(write("trades.csv", HEADER + GOOD + bad + GOOD))
    assert [row["error"] is None for row in rows_of(report)] == [True, False, True]


def test_a_negative_price_lands_as_it_is(land, write, rows_of):
    report = land(write("trades.csv", HEADER + GOOD.replace("60000.10", "-1")))
    assert report.rejected == 0
    assert rows_of(report)[0]["price"] == "-1"


@pytest.mark.parametrize(
    ("time", "error"),
    [
        ("2009-12-31T23:59:59.999999", "lies before 2010-01-01"),
        ("4102444800000", "lies after tomorrow"),
        ("2025-06-03T00:00:00", "lies after tomorrow"),
        ("yesterday", "cannot be read as a time"),
        ("2025-13-01T00:00:00", "cannot be read as a time"),
        ("", "empty timestamp cannot be read as a time"),
    ],
)
def test_a_row_without_a_credible_day_lands_under_an_unknown_one(land, write, rows_of, time, error):
    bad = GOOD.replace("2025-03-01T10:00:00", time)
    report = land(write("trades.csv", HEADER + GOOD + bad + GOOD))
    assert (report.rows, report.rejected) == (3, 1)
    assert sum("/date=unknown/" in key for key in report.objects) == 1
    row = rows_of(report)[1]
    assert error in row["error"]
    assert row["raw"] == bad.strip()
    assert row["trade_id"] == "1"
    assert (report.problems[0].line, error in report.problems[0].what) == (3, True)


def test_the_first_instant_of_2010_and_the_last_of_tomorrow_are_credible(land, write):
    times = ["2010-01-01T00:00:00", "2025-06-02T23:59:59.999999"]
    lines = "".join(GOOD.replace("2025-03-01T10:00:00", time) for time in times)
    report = land(write("trades.csv", HEADER + lines))
    assert (report.rejected, len(report.dates)) == (0, 2)


def test_a_thousand_bad_lines_are_counted_and_a_few_named(land, write):
    report = land(write("trades.csv", HEADER + GOOD + "bad\n" * 1_000))
    assert report.rejected == 1_000
    assert len(report.problems) == LINES_NAMED + 1
    assert report.problems[-1].what == (
        "995 further lines: the line has 1 fields where 6 were expected"
    )


def test_an_endless_line_is_rejected_and_the_next_lands(land, write, rows_of):
    endless = "x" * (20 << 20) + "\n"
    report = land(write("trades.csv", HEADER + GOOD + endless + GOOD))
    rows = rows_of(report)
    assert [row["error"] for row in rows] == [None, "the line is longer than a block", None]
    assert [row["source_line"] for row in rows] == [2, 3, 4]


def test_a_parquet_file_without_its_end_is_an_error(land, tmp_path):
    table = pa.table({"symbol": ["A/B"], "timestamp": [1], "price": [1.0], "amount": [1.0]})
    pq.write_table(table, path := tmp_path / "trades.parquet")
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(LandingError, match=r"trades\.parquet: the Parquet file is cut off"):
        land(path)


def test_a_file_that_is_not_there_is_an_error(land, tmp_path):
    with pytest.raises(LandingError, match=r"there is no such file; check the path"):
        land(tmp_path / "nothing.csv")


def test_a_bad_file_does_not_stop_the_others(store, write):
    paths = [write("a.csv", HEADER + GOOD), write("b.csv", ""), write("c.csv", "hello\n")]
    paths.append(write("d.csv", HEADER + GOOD * 2))
    with pytest.raises(LandingError) as raised:
        land_files(paths, store)
    assert [report.rows for report in raised.value.reports] == [1, 2]
    assert [error.file for error in raised.value.others] == [str(paths[2])]
    assert "b.csv" in str(raised.value)
    assert "c.csv" in str(raised.value)


def test_a_folder_without_a_known_file_is_an_error(store, tmp_path):
    with pytest.raises(LandingError, match=r"there is no file of trades below it"):
        land_files([tmp_path], store)


def test_a_venue_is_a_plain_word(store, write):
    with pytest.raises(ValueError, match=r"was 'Some/Where'"):
        land_files([write("a.csv", HEADER + GOOD)], store, venue="Some/Where")


def test_a_parquet_whose_first_rows_are_damaged_does_not_stop_the_others(store, write, tmp_path):
    columns = {"venue": ["kraken"] * 99, "symbol": ["A-B"] * 99, "trade_id": [*map(str, range(99))]}
    columns |= {"traded_at": [1_740_823_200_000_000] * 99, "price": ["1"] * 99}
    pq.write_table(pa.table(columns | {"quantity": ["1"] * 99}), path := tmp_path / "b.parquet")
    data = bytearray(path.read_bytes())
    data[4:200] = b"\xff" * 196
    path.write_bytes(data)
    good = write("c.csv", HEADER + GOOD)
    damaged, whole = land_files([path, good], store)
    assert "b.parquet: the Parquet data are damaged" in str(damaged.damage).replace(", line 0", "")
    assert (damaged.rows, whole.rows) == (0, 1)
