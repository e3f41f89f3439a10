"""Archives by day: landed if the checksum holds, refused if not, missing ones said."""

import calendar
import hashlib
import io
import zipfile
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from assets.lake.objects.object_store import LocalObjectStore
from assets.landing.venues.archive import days_between, fetch_archives
from assets.landing.venues.paging import FetchError

FOLDER = "/data/spot/daily/aggTrades/BTCUSDT/"
DAYS = days_between(date(2024, 8, 9), date(2024, 8, 12))


def name_of(day: date) -> str:
    return f"BTCUSDT-aggTrades-{day}.zip"


def zipped(day: date) -> bytes:
    at = calendar.timegm(day.timetuple()) * 1000
    rows = [f"{n},60000.10,0.5,{n},{n},{at + n},true,true" for n in (7, 8)]
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name_of(day).replace(".zip", ".csv"), "\n".join(rows) + "\n")
    return file.getvalue()


@pytest.fixture
def archive(http):
    """Binance's archive: what it holds by path, and what it was asked; a list is taken in turn."""
    files: dict[str, object] = {}
    for day in DAYS:
        data = zipped(day)
        checksum = f"{hashlib.sha256(data).hexdigest()}  {name_of(day)}\n".encode()
        files |= {FOLDER + name_of(day): data, FOLDER + name_of(day) + ".CHECKSUM": checksum}
    asked: list[str] = []

    def answer(path, query):
        asked.append(path.removeprefix(FOLDER))
        found = files.get(path, (404, {}, {}))
        return found.pop(0) if isinstance(found, list) else found

    return http(answer), files, asked


@pytest.fixture
def fetch(archive, tmp_path: Path):
    waits: list[float] = []

    def run():
        return list(
            fetch_archives(
                "BTC-USDT", DAYS, archive[0], LocalObjectStore(tmp_path / "objects"),
                tmp_path / "memory", waits.append,
            )
        )  # fmt: skip

    run.waits = waits
    return run


def rows_below(folder: Path):
    return [
        row
        for path in sorted(folder.rglob("date=*/*.parquet"))
        for row in pq.ParquetFile(path).read().to_pylist()
    ]


def test_days_land_as_files_of_the_archive_do(fetch, tmp_path):
    found = fetch()
    assert [(day.file, day.state, day.rows) for day in found] == [
        (name_of(day), "landed", 2) for day in DAYS
    ]
    rows = rows_below(tmp_path / "objects")
    assert {(r["format"], r["venue"], r["venue_symbol"]) for r in rows} == {
        ("binance_agg_trades", "binance", "BTCUSDT")
    }
    assert len(rows) == 6


def test_what_has_landed_is_not_loaded_again_unless_its_objects_are_gone(fetch, archive, tmp_path):
    fetch()
    asked = archive[2]
    asked.clear()
    assert {day.state for day in fetch()} == {"landed before"}
    assert all(path.endswith(".CHECKSUM") for path in asked)
    next((tmp_path / "objects").rglob("date=2024-08-10/*.parquet")).unlink()
    assert [day.state for day in fetch()] == ["landed before", "landed", "landed before"]
    assert len(rows_below(tmp_path / "objects")) == 6


def test_a_wrong_checksum_is_refused_by_name_and_the_other_days_land(fetch, archive, tmp_path):
    wrong = "0" * 64
    archive[1][FOLDER + name_of(DAYS[1]) + ".CHECKSUM"] = f"{wrong}  {name_of(DAYS[1])}".encode()
    archive[1][FOLDER + name_of(DAYS[2]) + ".CHECKSUM"] = b"<html>no</html>"
    landed, refused, unreadable = fetch()
    assert [landed.state, refused.state, unreadable.state] == ["landed", "refused", "refused"]
    assert refused.file == name_of(DAYS[1])
    assert wrong in refused.detail
    assert "fetch it again" in refused.detail
    assert "contains no SHA-256" in unreadable.detail
    assert len(rows_below(tmp_path / "objects")) == 2


def test_a_missing_day_is_said(fetch, archive):
    del archive[1][FOLDER + name_of(DAYS[1]) + ".CHECKSUM"]
    del archive[1][FOLDER + name_of(DAYS[2])]
    assert [(day.state, day.detail) for day in fetch()[1:]] == [
        ("missing", "Binance has no archive of this day (yet)"),
        ("missing", "there is a .CHECKSUM but no file"),
    ]


def test_a_cut_connection_and_a_busy_server_are_waited_out(fetch, archive):
    path = FOLDER + name_of(DAYS[0])
    archive[1][path] = [None, (503, {}, {}), (429, {}, {}), archive[1][path]]
    assert fetch()[0].state == "landed"
    assert fetch.waits == [1.0, 2.0, 4.0]


def test_a_server_that_stays_away_is_said(fetch, archive):
    path = FOLDER + name_of(DAYS[0])
    archive[1][path] = [(503, {}, {})] * 6
    with pytest.raises(FetchError, match=r"2024-08-09\.zip: 6 attempts failed.*503"):
        fetch()


def emptied(data: bytes) -> tuple[bytes, bytes]:
    return data, f"{hashlib.sha256(data).hexdigest()}  x\n".encode()


def zip_of(content: bytes, name: str = "a.csv") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, content)
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (zip_of(b""), "line 1: there is nothing in the file"),
        (zip_of(b"\n\n"), "line 1: the file has blank lines only"),
        (zip_of(b"x", "readme.md"), "there is no CSV file in the zip"),
        (b"PK\x03\x04" + b"\0" * 9, "the zip data are cut off or damaged"),
        (b"<html>", "no known format"),
        (b"", "the file is empty"),
    ],
)
def test_an_archive_of_which_nothing_can_be_read_stops_no_day_behind_it(
    archive, fetch, data: bytes, what: str
) -> None:
    _, files, _ = archive
    name = FOLDER + name_of(DAYS[0])
    files[name], files[name + ".CHECKSUM"] = emptied(data)
    first, *others = fetch()
    assert (first.state, first.rows) == ("unreadable", 0)
    assert first.detail.startswith(name_of(DAYS[0]))
    assert what in first.detail
    assert [(day.state, day.rows) for day in others] == [("landed", 2)] * 2


def test_a_damaged_memory_of_a_day_is_no_obstacle(fetch, tmp_path: Path) -> None:
    fetch()
    for path in (tmp_path / "memory").iterdir():
        path.write_bytes(b'{"file": ')
    assert [day.state for day in fetch()] == ["landed"] * 3
