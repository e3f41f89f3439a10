"""The lake under real processes: writers take turns, readers never tear, kills leave nothing."""

import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from assets.alerts.tables import ALERTS
from assets.lake import LakeError, NoLakeError
from assets.lake.lake import Lake
from assets.lake.lock import LockTimeoutError
from assets.lake.sessions import connections
from assets.lake.settings import load_settings
from assets.lake.tables import Table
from assets.maintenance.upkeep import maintain, unread_files
from assets.tables import TABLES
from orchestration.command_line.app import main

NUMBERS = Table("core.numbers", ("n bigint", "written_at timestamp"), sorted_by="n")
CATALOGS = ["sqlite", pytest.param("postgres", marks=pytest.mark.services)]


@pytest.fixture(params=CATALOGS)
def numbers(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Lake:
    monkeypatch.setenv("TAPEWATCH_HOME", str(tmp_path / "home"))
    if request.param == "postgres":
        # the data files stay in the home of the test, whatever servers this shell knows
        monkeypatch.delenv("TAPEWATCH_S3_BUCKET", raising=False)
        monkeypatch.delenv("TAPEWATCH_S3_ENDPOINT", raising=False)
        monkeypatch.setenv("TAPEWATCH_CATALOG", request.getfixturevalue("empty_catalog"))
    lake = Lake(load_settings())
    lake.create([NUMBERS, *TABLES])
    return lake


def start(script: str) -> subprocess.Popen[str]:
    """Run a script in a process of its own with the lake's names imported."""
    preamble = """
        import time, sys
        from datetime import datetime
        from assets.lake.lake import Lake
        from assets.lake.settings import load_settings
        from assets.lake.tables import Table
        NUMBERS = Table("core.numbers", ("n bigint", "written_at timestamp"), sorted_by="n")
        lake = Lake(load_settings())
    """
    code = textwrap.dedent(preamble) + textwrap.dedent(script)
    return subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(*processes: subprocess.Popen[str]) -> list[str]:
    outputs = []
    for process in processes:
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        outputs.append(out)
    return outputs


def rows(lake: Lake, query: str) -> list[tuple]:
    with lake.connect() as connection:
        return connection.sql(query).fetchall()


REPLACE = """
    def work(connection):
        connection.execute("delete from lake.core.numbers where n between 0 and 99")
        connection.execute(
            "insert into lake.core.numbers select n, now()::timestamp from range(100) t(n)")
    for _ in range(8):
        lake.write(work, tables=[NUMBERS], message="replace", commit_info={})
"""

APPEND_ONCE = """
    def work(connection):
        connection.execute(
            "insert into lake.core.numbers select n, now()::timestamp from range(1000, 1100) t(n) "
            "where not exists (from lake.core.numbers where n >= 1000)")
    for _ in range(4):
        lake.write(work, tables=[NUMBERS], message="append once", commit_info={})
"""


@pytest.mark.slow
def test_concurrent_replacements_and_checked_inserts_neither_lose_nor_double_rows(
    numbers: Lake,
) -> None:
    finish(start(REPLACE), start(REPLACE), start(APPEND_ONCE), start(APPEND_ONCE))
    assert rows(numbers, "select count(*), count(distinct n) from lake.core.numbers") == [
        (200, 200)
    ]


@pytest.mark.slow
def test_without_the_lock_the_same_writers_lose_or_double_rows(
    numbers: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reason for the lock: should this ever pass in silence, DuckLake has mended itself."""
    if numbers.settings.catalog is None:
        pytest.skip("SQLite raises 'database is locked' instead; PostgreSQL commits both")
    naked = """
        def work(connection):
            connection.execute("begin")
            connection.execute(
                "insert into lake.core.numbers select 1, now()::timestamp "
                "where not exists (from lake.core.numbers)")
            time.sleep(1)
            connection.execute("commit")
        with lake.connect(read_only=False) as connection:
            work(connection)
    """
    finish(start(naked), start(naked))
    assert rows(numbers, "select count(*) from lake.core.numbers") == [(2,)]


@pytest.mark.slow
def test_a_reader_never_sees_half_a_replacement(numbers: Lake) -> None:
    finish(start(REPLACE))
    reader = """
        end = time.monotonic() + 4
        with lake.connect() as connection:
            seen = set()
            while time.monotonic() < end:
                query = "select count(*), sum(n) from lake.core.numbers"
                seen.add(connection.sql(query).fetchall()[0])
        sys.stdout.write(repr(seen))
    """
    watching = start(reader)
    finish(start(REPLACE), start(REPLACE))
    assert finish(watching) == [repr({(100, 4950)})]


@pytest.mark.slow
def test_a_reader_sees_one_state_of_the_catalog_whatever_others_commit(numbers: Lake) -> None:
    write(numbers, insert(100))
    write(
        numbers, lambda connection: connection.execute("delete from lake.core.numbers where n < 20")
    )
    counts = "select count(*) from lake.core.numbers", "select count(n) from lake.core.numbers"
    with numbers.connect() as reader, numbers.connect(read_only=False) as other:
        reader.execute("begin")
        assert reader.sql(counts[0]).fetchall() == [(80,)]
        # replaces the file of the first deletions, which the catalog then forgets
        other.execute("delete from lake.core.numbers where n < 40")
        snapshots = other.sql("select snapshot_id from lake.snapshots()").fetchall()
        expired = [snapshot for (snapshot,) in snapshots[:-1]]
        other.execute(f"call ducklake_expire_snapshots('lake', versions => {expired})")
        assert [reader.sql(count).fetchall() for count in counts] == [[(80,)]] * 2
        reader.execute("rollback")
        assert [reader.sql(count).fetchall() for count in counts] == [[(60,)]] * 2


@pytest.mark.slow
def test_a_reader_who_takes_its_time_keeps_no_writer_waiting(numbers: Lake) -> None:
    reader = start("""
        with lake.connect() as connection:
            connection.execute("begin")
            count = "select count(*) from lake.core.numbers"
            print(connection.sql(count).fetchall(), flush=True)
            sys.stdin.readline()
            print(connection.sql(count).fetchall())
            connection.execute("commit")
            print(connection.sql(count).fetchall())
    """)
    assert reader.stdout is not None
    assert reader.stdout.readline() == "[(0,)]\n"
    started_at = time.monotonic()
    # SQLite gives up after five seconds by default
    while time.monotonic() - started_at < 7:
        finish(start(REPLACE))
    seen, _ = reader.communicate("\n", timeout=60)
    assert seen.splitlines() == ["[(0,)]", "[(100,)]"]


@pytest.mark.slow
def test_nobody_writes_between_what_is_read_and_what_follows_from_it(numbers: Lake) -> None:
    increment = """
        def read(connection):
            (most,) = connection.sql("select max(n) from lake.core.numbers").fetchall()[0]
            time.sleep(0.1)
            return most or 0
        def keep(connection, most):
            connection.execute("delete from lake.core.numbers")
            connection.execute(f"insert into lake.core.numbers values ({most} + 1, null)")
        for _ in range(5):
            lake.revise(read, keep, tables=[NUMBERS], message="count", commit_info={})
    """
    finish(start(increment), start(increment))
    assert rows(numbers, "select n from lake.core.numbers") == [(10,)]


@pytest.mark.slow
def test_a_killed_writer_leaves_no_row_no_lock_and_after_maintenance_no_file(
    numbers: Lake, tmp_path: Path
) -> None:
    marker = tmp_path / "inserted"
    writer = start(f"""
        from pathlib import Path
        def work(connection):
            connection.execute(
                "insert into lake.core.numbers select n, now()::timestamp from range(300000) t(n)")
            Path({str(marker)!r}).touch()
            time.sleep(60)
        lake.write(work, tables=[NUMBERS], message="never", commit_info={{}})
    """)
    while not marker.exists():
        assert writer.poll() is None, writer.communicate()
        time.sleep(0.05)
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    assert rows(numbers, "select count(*) from lake.core.numbers") == [(0,)]
    with numbers.connect() as connection:
        assert unread_files(numbers, connection)
    finish(start(REPLACE))
    done = maintain(numbers, now=datetime(2100, 1, 1))
    assert done.deleted_files > 0
    with numbers.connect() as connection:
        assert unread_files(numbers, connection) == set()
    assert rows(numbers, "select count(*), sum(n) from lake.core.numbers") == [(100, 4950)]


def insert(n: int) -> Callable[[duckdb.DuckDBPyConnection], None]:
    def work(connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute(
            "insert into lake.core.numbers select n, timestamp '2024-01-01' + to_hours(n::int) "
            f"from range({n}) t(n)"
        )

    return work


def write(lake: Lake, work: Callable[[duckdb.DuckDBPyConnection], None]) -> None:
    lake.write(work, tables=[NUMBERS], message="test", commit_info={"run_id": "r1"})


@pytest.mark.slow
def test_a_failed_write_leaves_nothing_and_says_why(numbers: Lake) -> None:
    def work(connection: duckdb.DuckDBPyConnection) -> None:
        insert(10)(connection)
        raise ValueError("wrong on purpose")

    with pytest.raises(ValueError, match="wrong on purpose"):
        write(numbers, work)
    assert rows(numbers, "select count(*) from lake.core.numbers") == [(0,)]


@pytest.mark.slow
def test_a_commit_says_which_run_made_it(numbers: Lake) -> None:
    write(numbers, insert(1))
    query = "select commit_message, commit_extra_info from lake.snapshots() order by snapshot_id"
    assert rows(numbers, query)[-1] == ("test", '{"run_id": "r1"}')


@pytest.mark.slow
def test_an_earlier_snapshot_reads_as_it_was(numbers: Lake) -> None:
    write(numbers, insert(10))
    with numbers.connect() as connection:
        before = numbers.snapshot_id(connection)
    write(numbers, insert(5))
    with numbers.connect(snapshot=before) as connection:
        assert connection.sql("select count(*) from lake.core.numbers").fetchall() == [(10,)]
        with pytest.raises(duckdb.Error):
            connection.execute("insert into lake.core.numbers values (1, now()::timestamp)")


@pytest.mark.slow
def test_maintenance_spares_the_snapshot_that_an_open_alert_cites(numbers: Lake) -> None:
    write(numbers, insert(10))
    with numbers.connect() as connection:
        cited = numbers.snapshot_id(connection)

    def cite(connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute(
            "insert into lake.alerts.alerts (alert_id, status, input_snapshot_id) "
            f"values ('a', 'open', {cited})"
        )

    numbers.write(cite, tables=[ALERTS], message="alert", commit_info={})
    for _ in range(3):
        write(numbers, insert(5))
    done = maintain(numbers, now=datetime(2100, 1, 1))
    assert done.expired_snapshots > 0
    with numbers.connect(snapshot=cited) as connection:
        assert connection.sql("select count(*) from lake.core.numbers").fetchall() == [(10,)]


@pytest.mark.slow
def test_a_writer_that_waits_too_long_is_told_who_holds_the_lake(
    numbers: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAPEWATCH_LOCK_TIMEOUT_SECONDS", "0.3")
    impatient = Lake(load_settings())
    with numbers.lock(), pytest.raises(LockTimeoutError, match="TAPEWATCH_LOCK_TIMEOUT_SECONDS"):
        write(impatient, insert(1))


@pytest.mark.slow
def test_a_writer_that_waits_says_so(
    numbers: Lake, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("TAPEWATCH_LOCK_TIMEOUT_SECONDS", "0.3")
    monkeypatch.setattr("assets.lake.lock.SILENT_SECONDS", 0.1)
    with numbers.lock(), pytest.raises(LockTimeoutError):
        write(Lake(load_settings()), insert(1))
    if numbers.settings.catalog is None:
        (said,) = caplog.messages
        assert said.startswith("waiting for another process that writes to the lake, for up to 0 s")


@pytest.mark.slow
def test_a_table_with_other_columns_is_named_with_the_cure(numbers: Lake) -> None:
    with pytest.raises(LakeError, match=r"core\.numbers.*rebuild"):
        numbers.create([Table("core.numbers", ("n bigint", "other varchar"))])


@pytest.mark.slow
def test_a_table_of_an_earlier_version_is_named_with_the_cure(numbers: Lake) -> None:
    with numbers.connect(read_only=False) as connection:
        connection.execute("create table lake.ops.windows (window_start_at timestamp)")
    with pytest.raises(LakeError, match=r"ops\.windows.*tapewatch rebuild --discard-lake"):
        numbers.create(TABLES)


@pytest.mark.slow
def test_a_home_with_a_quote_in_its_name_holds_a_lake(tmp_path: Path) -> None:
    lake = Lake(load_settings(home=tmp_path / "o'brien"))
    lake.create([NUMBERS])
    # more rows than the catalog takes in itself
    write(lake, insert(1000))
    assert rows(lake, "select count(*) from lake.core.numbers") == [(1000,)]


def test_a_home_that_cannot_be_is_one_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("TAPEWATCH_HOME", str(tmp_path / "file" / "home"))
    monkeypatch.setattr(sys, "argv", ["tapewatch", "query", "select 1"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    said = capsys.readouterr().err
    assert "Not a directory" in said
    assert "TAPEWATCH_HOME" in said


def test_reading_where_no_lake_is_says_how_to_make_one(lake: Lake) -> None:
    with pytest.raises(LakeError, match="tapewatch run"), lake.connect():
        pass


@pytest.mark.slow
def test_after_an_error_the_next_user_has_a_working_connection(numbers: Lake) -> None:
    with connections.of(numbers) as first:
        first.execute("insert into lake.core.numbers values (1, now())")
    with pytest.raises(duckdb.CatalogException), connections.of(numbers) as second:
        second.execute("from lake.core.nothing")
    with connections.of(numbers) as third:
        assert third.sql("select count(*) from lake.core.numbers").fetchall() == [(1,)]


@pytest.mark.slow
def test_an_embedded_lake_that_was_made_anew_is_not_the_one_before(lake: Lake) -> None:
    assert lake.identity == ()
    lake.create([NUMBERS])
    with connections.of(lake) as connection:
        connection.execute("insert into lake.core.numbers values (1, now())")
    lake.settings.catalog_file.unlink()
    lake.settings.rebuilt_file.touch()
    with pytest.raises(NoLakeError), connections.of(lake):
        pass
    lake.create([NUMBERS])
    with connections.of(lake) as connection:
        assert connection.sql("select count(*) from lake.core.numbers").fetchall() == [(0,)]
