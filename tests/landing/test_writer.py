"""Objects: their keys, their cuts, their bytes."""

import random
from datetime import date, datetime, timedelta

import duckdb
import pyarrow as pa
import pytest

from assets.landing import writer
from assets.landing.files.importer import land_files
from assets.landing.files.lines import read_blocks
from assets.landing.files.report import LandingError
from assets.landing.schema import COLUMNS_KEY, EVERY_ROW, FIELDS, INTEGERS, landed_schema

HEADER = "trade_id,timestamp,symbol,price,quantity,side\n"


def log_of_days(days: int, rows: int, seed: int = 1) -> str:
    """Rows whose days come in no order."""
    numbers = random.Random(seed)
    start = datetime(2025, 3, 1)
    lines = (
        f"{row},{(start + timedelta(seconds=numbers.randrange(days * 86_400))).isoformat()},"
        f"BTCUSDT,{numbers.random()},{numbers.random()},BUY\n"
        for row in range(rows)
    )
    return HEADER + "".join(lines)


@pytest.fixture
def small_chunks(monkeypatch):
    """Limits that a file of a test reaches."""
    monkeypatch.setattr(writer, "CHUNK_BYTES", 20_000)
    monkeypatch.setattr(writer, "BUFFER_BYTES", 60_000)
    monkeypatch.setattr(
        "assets.landing.files.sources.read_blocks", lambda chunks: read_blocks(chunks, 4_096)
    )


def objects_of(store):
    return {key: store.read(key) for key in store.list("landing/")}


def test_keys_say_venue_day_content_and_chunk(land, write):
    report = land(write("trades.csv", log_of_days(1, 10)), venue="here")
    (key,) = report.objects
    folder, name = key.rsplit("/", 1)
    assert folder == "landing/trades/venue=here/date=2025-03-01"
    digest, chunk = name.removesuffix(".parquet").split("-")
    assert len(digest) == 16
    assert chunk == "00000"


@pytest.mark.slow
@pytest.mark.usefixtures("small_chunks")
def test_landing_twice_makes_the_same_objects_and_no_new_ones(land, write, store):
    path = write("trades.csv", log_of_days(5, 3_000))
    first = land(path)
    before = objects_of(store)
    second = land(path)
    assert len(first.objects) > 10
    assert first.new_objects == first.objects == second.objects
    assert second.new_objects == ()
    assert objects_of(store) == before


@pytest.mark.slow
@pytest.mark.usefixtures("small_chunks")
def test_landing_into_an_empty_store_gives_equal_bytes(land, write, store):
    path = write("trades.csv", log_of_days(5, 3_000))
    land(path)
    before = objects_of(store)
    for key in before:
        (store.root / key).unlink()
    land(path)
    assert objects_of(store) == before


@pytest.mark.slow
@pytest.mark.usefixtures("small_chunks")
def test_an_import_that_was_killed_is_completed_by_the_next(land, write, store):
    path = write("trades.csv", log_of_days(5, 3_000))
    whole = land(path)
    before = objects_of(store)
    lost = random.Random(3).sample(whole.objects, 5)
    for key in lost:
        (store.root / key).unlink()
    assert set(land(path).new_objects) == set(lost)
    assert objects_of(store) == before


def test_the_same_content_under_another_name_adds_nothing(land, write, rows_of):
    first = land(write("first.csv", log_of_days(2, 100)))
    second = land(write("second.csv", log_of_days(2, 100)))
    assert second.objects == first.objects
    assert second.new_objects == ()
    assert {row["source_file"] for row in rows_of(second)} == {"first.csv"}


@pytest.mark.slow
@pytest.mark.usefixtures("small_chunks")
def test_every_row_lands_once_in_the_order_of_the_file(land, write, rows_of):
    content = log_of_days(40, 3_000)
    report = land(write("trades.csv", content))
    rows = rows_of(report)
    assert [row["source_line"] for row in rows] == list(range(2, 3_002))
    assert [row["trade_id"] for row in rows] == [str(number) for number in range(3_000)]
    assert len(report.dates) == 40


@pytest.mark.slow
@pytest.mark.usefixtures("small_chunks")
def test_what_waits_to_be_written_is_bounded(land, write, monkeypatch):
    waiting = []
    add = writer.ObjectWriter.add

    def watched(self, day, rows, size):
        add(self, day, rows, size)
        waiting.append(sum(pending.size for pending in self._pending.values()))

    monkeypatch.setattr(writer.ObjectWriter, "add", watched)
    land(write("trades.csv", log_of_days(300, 5_000)))
    assert max(waiting) < 60_000 + 4_096


def test_a_store_that_fails_is_told_of_before_a_file_that_does(store, tmp_path, monkeypatch):
    def refused(*_):
        raise OSError("no space left")

    monkeypatch.setattr(type(store), "put_new", refused)
    rows = pa.table({"id": ["1"]})

    def damaged():
        with writer.ObjectWriter(store, tmp_path, {"venue": "local"}, "digest") as written:
            written.add(date(2024, 3, 1), rows, writer.CHUNK_BYTES)
            raise LandingError("trades.csv", 2, "the file ends early", "fetch it again")

    with pytest.raises(OSError, match="no space left") as raised:
        damaged()
    assert isinstance(raised.value.__context__, LandingError)


def test_duckdb_reads_all_formats_together(land, write, store):
    log = land(write("trades.csv", log_of_days(1, 3)))
    archive = land(
        write("BTCUSDT-trades-2024-08-09.csv", "1,2.0,3.0,6.0,1723161600017,True,True\nbad\n")
    )
    paths = [store.path(key) for key in (COLUMNS_KEY, *log.objects, *archive.objects)]
    landed = duckdb.sql(
        "select * from read_parquet($paths, union_by_name = true, hive_partitioning = false)",
        params={"paths": paths},
    )
    types = dict(zip(landed.columns, map(str, landed.types), strict=True))
    assert set(types) == set(landed_schema().names)
    assert {name for name, kind in types.items() if kind == "BIGINT"} == INTEGERS
    assert set(types.values()) == {"BIGINT", "VARCHAR"}
    counts = duckdb.sql(
        "select format, count(*), count(error), count(venue_symbol) "
        "from landed group by all order by all"
    )
    assert counts.fetchall() == [("binance_trades", 2, 1, 2), ("trade_log", 3, 0, 0)]


def test_the_object_of_all_columns_exists_even_if_nothing_could_be_read(store, write):
    with pytest.raises(Exception, match="empty"):
        land_files([write("trades.csv", "")], store)
    assert store.list("landing/") == [COLUMNS_KEY]


def test_the_schema_holds_every_field_once():
    names = landed_schema().names
    assert len(names) == len(set(names))
    assert names[: len(EVERY_ROW)] == list(EVERY_ROW)
    assert {name for fields in FIELDS.values() for name in fields} <= set(names)


def test_nothing_is_left_of_unfinished_objects(store, write, tmp_path):
    scratch = tmp_path / "scratch"
    land_files([write("trades.csv", log_of_days(2, 100))], store, scratch=scratch)
    assert list(scratch.iterdir()) == []


def test_progress_is_told_to_the_end(store, write):
    told = []
    path = write("trades.csv.gz", log_of_days(2, 100))
    land_files([path], store, progress=told.append)
    assert told[-1].rows == 100
    assert told[-1].bytes_read == told[-1].bytes_total == path.stat().st_size


def test_folders_are_walked_in_the_order_of_names(store, write):
    write("b/second.csv", log_of_days(1, 2, seed=2))
    write("a/first.csv", log_of_days(1, 1, seed=1))
    write("a/readme.md", "no trades")
    folder = write("c.csv", log_of_days(1, 3, seed=3)).parent
    reports = land_files([folder, folder / "c.csv"], store)
    assert [report.rows for report in reports if report.rows] == [1, 2, 3]
