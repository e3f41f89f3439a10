"""A backup, restored elsewhere, is the lake that was: every snapshot, object and file."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

from assets.lake import LakeError
from assets.lake.lake import Lake
from assets.lake.settings import Settings, load_settings
from assets.lake.tables import Table
from assets.landing.writer import put_columns
from assets.maintenance.backup import LABEL, Backup, back_up, restore
from assets.maintenance.row_counts import disagreeing
from assets.maintenance.upkeep import maintain, unread_files
from assets.tables import TABLES

NUMBERS = Table("core.numbers", ("n bigint", "trade_day date"), partitioned_by="trade_day")
Rows = list[tuple[int, int | None]]


def change(lake: Lake, statement: str) -> None:
    lake.write(
        lambda connection: connection.execute(statement),
        tables=[NUMBERS],
        message="change",
        commit_info={},
    )


def history(lake: Lake) -> dict[int, Rows]:
    """The rows of each snapshot of the table."""
    with lake.connect() as connection:
        snapshots = connection.sql("select snapshot_id from lake.snapshots()").fetchall()
    found = {}
    for (snapshot,) in snapshots[-4:]:
        with lake.connect(snapshot=snapshot) as past:
            found[snapshot] = past.sql(
                "select n, day(trade_day) from lake.core.numbers order by all"
            ).fetchall()
    return found


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], Lake]:
    """A lake with files, files of deletions, rows in the catalog, and what a home has besides."""

    def make(home: Path) -> Lake:
        lake = Lake(load_settings(home=home))
        lake.create([NUMBERS, *TABLES])
        put_columns(lake.objects, lake.settings.scratch)
        change(lake, "insert into lake.core.numbers select n, '2024-01-01' from range(100) t(n)")
        change(lake, "delete from lake.core.numbers where n between 10 and 40")
        change(lake, "insert into lake.core.numbers values (1000, '2024-01-02'), (1001, null)")
        change(lake, "delete from lake.core.numbers where n = 1000")
        (home / "dagster" / "history").mkdir(parents=True)
        with closing(sqlite3.connect(home / "dagster" / "history" / "runs.db")) as runs, runs:
            runs.execute("create table runs (run_id varchar)")
            runs.execute("insert into runs values ('r1')")
        (home / "reports").mkdir()
        (home / "reports" / "day.html").write_text("report")
        return lake

    return make


@pytest.fixture
def made(make: Callable[[Path], Lake], tmp_path: Path) -> Lake:
    return make(tmp_path / "home")


def is_whole(restored: Lake, expected: dict[int, Rows]) -> None:
    assert history(restored) == expected
    home = restored.settings.root
    assert (home / "reports" / "day.html").read_text() == "report"
    with closing(sqlite3.connect(home / "dagster" / "history" / "runs.db")) as runs:
        assert runs.execute("select run_id from runs").fetchall() == [("r1",)]
    change(restored, "insert into lake.core.numbers select n, '2024-02-01' from range(50) t(n)")
    maintain(restored, now=datetime(2100, 1, 1))
    with restored.connect() as connection:
        assert disagreeing(connection) == []
        assert unread_files(restored, connection) == set()
        assert connection.sql("select count(*) from lake.core.numbers").fetchall() == [(120,)]


@pytest.mark.slow
def test_a_destroyed_home_comes_back_with_every_snapshot(made: Lake, tmp_path: Path) -> None:
    expected = history(made)
    label = back_up(made, tmp_path / "backup")
    assert (label.missing, label.snapshot) == (0, max(expected))
    shutil.rmtree(made.settings.root)
    restored = Lake(load_settings(home=tmp_path / "elsewhere"))
    assert restore(restored, tmp_path / "backup") == label
    is_whole(restored, expected)
    # the backup is a copy: what happened to the restored home has not touched it
    again = Lake(load_settings(home=tmp_path / "again"))
    restore(again, tmp_path / "backup")
    is_whole(again, expected)


@pytest.mark.slow
def test_a_backup_is_of_one_moment_while_others_write(made: Lake, tmp_path: Path) -> None:
    from assets.maintenance import backup

    copy, calls = backup._copy_objects, []

    def copy_while_written(source: object, target: object) -> None:
        copy(source, target)  # pyright: ignore[reportArgumentType]
        if not calls:
            change(made, "insert into lake.core.numbers select n, null from range(500) t(n)")
            maintain(made, now=datetime(2100, 1, 1))
        calls.append(target)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backup, "_copy_objects", copy_while_written)
        assert back_up(made, tmp_path / "backup").missing == 0
    restored = Lake(load_settings(home=tmp_path / "elsewhere"))
    restore(restored, tmp_path / "backup")
    with restored.connect() as connection:
        assert connection.sql("select count(*) from lake.core.numbers").fetchall() == [(570,)]


@pytest.mark.slow
def test_a_home_with_data_is_not_overwritten(
    made: Lake, make: Callable[[Path], Lake], tmp_path: Path
) -> None:
    back_up(made, tmp_path / "backup")
    other = make(tmp_path / "other")
    change(other, "delete from lake.core.numbers")
    with pytest.raises(LakeError, match="has data already"):
        restore(other, tmp_path / "backup")
    with other.connect() as connection:
        assert connection.sql("select count(*) from lake.core.numbers").fetchall() == [(0,)]
    landed = tmp_path / "landed" / "objects" / "landing"
    landed.mkdir(parents=True)
    (landed / "mine.parquet").touch()
    with pytest.raises(LakeError, match=r"mine\.parquet"):
        restore(Lake(load_settings(home=tmp_path / "landed")), tmp_path / "backup")


@pytest.mark.slow
def test_an_interrupted_restore_is_repeated(made: Lake, tmp_path: Path) -> None:
    expected = history(made)
    back_up(made, tmp_path / "backup")
    restored = Lake(load_settings(home=tmp_path / "elsewhere"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("assets.maintenance.catalog_copy.follow_objects", stopped)
        with pytest.raises(KeyboardInterrupt):
            restore(restored, tmp_path / "backup")
    assert not restored.settings.catalog_file.exists()
    restore(restored, tmp_path / "backup")
    is_whole(restored, expected)


def stopped(*_: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.slow
def test_an_interrupted_backup_leaves_no_folder(made: Lake, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("assets.maintenance.catalog_copy.contents_of_sqlite", stopped)
        with pytest.raises(KeyboardInterrupt):
            back_up(made, tmp_path / "backup")
    assert [one.name for one in tmp_path.iterdir()] == ["home"]


@pytest.mark.slow
def test_a_lake_that_lacks_days_is_not_backed_up(made: Lake, tmp_path: Path) -> None:
    made.settings.rebuild_marker.touch()
    with pytest.raises(LakeError, match="days are missing"):
        back_up(made, tmp_path / "backup")
    assert not (tmp_path / "backup").exists()


@pytest.mark.slow
def test_a_backup_says_how_many_files_the_lake_had_lost(made: Lake, tmp_path: Path) -> None:
    lost = next((made.settings.objects / "lake").rglob("*.parquet"))
    lost.unlink()
    assert back_up(made, tmp_path / "backup").missing == 1


@pytest.mark.slow
@pytest.mark.parametrize("target", ["home/backup", "there"])
def test_a_backup_has_a_new_folder_outside_of_the_home(
    made: Lake, tmp_path: Path, target: str
) -> None:
    (tmp_path / "there").mkdir()
    with pytest.raises(LakeError, match="folder"):
        back_up(made, tmp_path / target)


def test_what_is_no_backup_is_refused(lake: Lake, tmp_path: Path) -> None:
    with pytest.raises(LakeError, match=f"is no backup of tapewatch: it has no {LABEL}"):
        restore(lake, tmp_path)


@pytest.mark.services
@pytest.mark.parametrize("to_folder", [False, True])
def test_a_lake_on_servers_comes_back_on_servers(
    make: Callable[[Path], Lake],
    service_environment: dict[str, str],
    tmp_path: Path,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    to_folder: bool,
) -> None:
    monkeypatch.setenv("TAPEWATCH_CATALOG", request.getfixturevalue("empty_catalog"))
    monkeypatch.setenv("TAPEWATCH_S3_PREFIX", f"{tmp_path.name}/one")
    lake = make(tmp_path / "home")
    expected = history(lake)
    label = back_up(lake, tmp_path / "backup")
    assert (label.catalog, label.missing, label.snapshot) == ("catalog", 0, max(expected))
    refused(lake.settings, tmp_path / "backup", label)
    drop_tables(lake.settings)
    # the bucket's own objects of another prefix, or a folder in its place
    monkeypatch.setenv("TAPEWATCH_S3_PREFIX", f"{tmp_path.name}/two")
    if to_folder:
        monkeypatch.delenv("TAPEWATCH_S3_BUCKET")
        monkeypatch.delenv("TAPEWATCH_S3_ENDPOINT")
    restored = Lake(load_settings(home=tmp_path / "elsewhere"))
    assert restore(restored, tmp_path / "backup") == label
    is_whole(restored, expected)


def refused(settings: Settings, backup: Path, label: Backup) -> None:
    with pytest.raises(LakeError, match="has data already"):
        restore(Lake(settings), backup)
    embedded = settings.model_copy(update={"catalog": None, "home": backup.parent / "embedded"})
    with pytest.raises(LakeError, match="TAPEWATCH_CATALOG"):
        restore(Lake(embedded), backup)


def drop_tables(settings: Settings) -> None:
    import psycopg

    assert settings.catalog is not None
    with psycopg.connect(settings.catalog.get_secret_value()) as connection:
        connection.execute("drop schema public cascade; create schema public")
