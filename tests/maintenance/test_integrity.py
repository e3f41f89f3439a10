"""What the doctor sees: data files and landed objects that are gone or damaged, and poison."""

from datetime import date
from pathlib import Path

import dagster as dg
import pyarrow as pa
import pytest

from assets.lake.lake import Lake
from assets.lake.settings import Settings
from assets.landing.readable_copies import make_copies, paths_of
from assets.landing.writer import ObjectWriter
from assets.maintenance import integrity
from assets.market.window import Window
from assets.tables import create_tables
from assets.transform.asset import refuse_vanished
from orchestration.command_line.doctor import Finding, examine

DAY = date(2024, 8, 9)


@pytest.fixture
def filled(lake: Lake) -> Lake:
    """A lake with a landed object and its trade."""
    create_tables(lake)
    (key,) = land(lake, b"1")
    trade = (
        "insert into lake.core.trades by name select 'file' as venue, 'A-B' as symbol, "
        f"'1' as trade_id, timestamp '{DAY} 10:00' as traded_at, date '{DAY}' as trade_day "
        "from range(5000)"
    )
    ledger = (
        "insert into lake.ops.landed_objects by name select ? as object, 'trades' as dataset, "
        f"'file' as venue, 'a.csv' as source_file, 5000 as row_count, date '{DAY}' as trade_day"
    )

    def work(connection) -> None:
        connection.execute(trade)
        connection.execute(ledger, [key])

    lake.write(work, tables=(), message="test", commit_info={})
    return lake


def land(lake: Lake, *ids: bytes) -> list[str]:
    """Land a row an id, without a look at it."""
    data = b"".join(ids)
    ends = [sum(map(len, ids[:n])) for n in range(len(ids) + 1)]
    texts = pa.StringArray.from_buffers(
        len(ids), pa.array(ends, pa.int32()).buffers()[1], pa.py_buffer(data)
    )
    rows = pa.table({"id": texts, "source_line": pa.array(range(len(ids)), pa.int64())})
    constants = {"format": "ccxt", "venue": "file", "source_file": "a.csv", "source_digest": "d"}
    lake.settings.scratch.mkdir(parents=True, exist_ok=True)
    with ObjectWriter(lake.objects, lake.settings.scratch, constants, data.hex()) as writer:
        writer.add(DAY, rows, 100)
    return writer.objects


def found(settings: Settings, subject: str) -> Finding:
    return next(one for one in examine(settings) if one.subject == subject)


def data_file(lake: Lake) -> Path:
    (path,) = (lake.settings.objects / "lake" / "core" / "trades").rglob("*.parquet")
    return path


@pytest.mark.slow
def test_a_whole_lake_has_no_fault(filled: Lake) -> None:
    for subject in ("data files", "landed objects", "texts"):
        assert found(filled.settings, subject).state == "ok"


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def fill_with_noise(path: Path) -> None:
    path.write_bytes(b"x" * path.stat().st_size)


def spoil_a_page(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[4:24] = b"\xff" * 20
    path.write_bytes(data)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("harm", "what"),
    [
        (Path.unlink, "is gone"),
        (cut, "bytes where"),
        (fill_with_noise, "cannot be read"),
        (spoil_a_page, "cannot be read"),
    ],
)
def test_a_data_file_that_is_not_whole_is_named_with_its_cure(filled, harm, what) -> None:
    path = data_file(filled)
    harm(path)
    finding = found(filled.settings, "data files")
    assert finding.state == "failed"
    assert path.name in finding.detail
    assert "(of core.trades)" in finding.detail
    assert what in finding.detail
    assert "`tapewatch rebuild --discard-lake`" in finding.detail


@pytest.mark.slow
def test_a_landed_object_that_is_gone_fails_its_day_and_keeps_its_rows(filled: Lake) -> None:
    (path,) = (filled.settings.objects / "landing").rglob("venue=*/**/*.parquet")
    path.unlink()
    finding = found(filled.settings, "landed objects")
    assert finding.state == "failed"
    said = (
        f"date={DAY}/{path.name} is gone, of which the lake has 5,000 rows: restore it, land a.csv"
    )
    assert said in finding.detail
    with pytest.raises(dg.Failure, match=path.name):
        refuse_vanished(filled, Window.of_day(DAY))
    refuse_vanished(filled, Window.of_day(date(2024, 8, 10)))
    with filled.connect() as connection:
        assert connection.sql("select count(*) from lake.core.trades").fetchall() == [(5000,)]


@pytest.mark.slow
def test_a_damaged_landed_object_is_named_with_its_cure(filled: Lake) -> None:
    (path,) = (filled.settings.objects / "landing").rglob("venue=*/**/*.parquet")
    path.write_bytes(b"PAR1" + path.read_bytes()[4:-10])
    finding = found(filled.settings, "landed objects")
    assert finding.state == "failed"
    assert path.name in finding.detail
    assert "delete it and land its file again" in finding.detail


@pytest.mark.slow
def test_an_object_of_bytes_that_are_no_text_is_read_by_a_copy(filled: Lake) -> None:
    (key,) = land(filled, b"good", b"b\xffd")
    finding = found(filled.settings, "landed objects")
    assert f"{key} holds rows that are no text: `tapewatch run --date {DAY}`" in finding.detail
    assert make_copies(filled, paths_of(filled, [key])) == [key]
    (path,) = paths_of(filled, [key])
    with filled.reader() as connection:
        rows = connection.execute("select id, error from read_parquet(?)", [path]).fetchall()
    assert rows == [("good", None), ("b\\xffd", "a field holds bytes that are no text")]
    assert found(filled.settings, "landed objects").state == "ok"


@pytest.mark.slow
def test_trades_with_a_nul_are_named_with_the_runs_that_quarantine_them(filled: Lake) -> None:
    days = ("2024-08-09", "2024-08-10", "2024-08-12")

    def work(connection) -> None:
        for day in days:
            connection.execute(
                "insert into lake.core.trades by name select 'file' as venue, "
                f"'A' || chr(0) as symbol, date '{day}' as trade_day"
            )

    filled.write(work, tables=(), message="test", commit_info={})
    with filled.connect() as connection:
        assert integrity.days_with_nul(connection) == [date.fromisoformat(day) for day in days]
    assert (
        "`tapewatch run --date 2024-08-12`, then "
        "`tapewatch run --date 2024-08-09 --date 2024-08-10` quarantines them"
    ) in found(filled.settings, "texts").detail
