"""A home is moved, copied or on another disk: its lake opens, and no two homes share a file."""

import logging
import shutil
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from assets.lake import LakeError
from assets.lake.home import refuse_unusable
from assets.lake.lake import Lake
from assets.lake.settings import load_settings
from assets.lake.tables import Table
from assets.maintenance.upkeep import maintain, unread_files
from assets.tables import TABLES

NUMBERS = Table("core.numbers", ("n bigint", "written_at timestamp"))


def lake_in(home: Path) -> Lake:
    return Lake(load_settings(home=home))


def insert(lake: Lake, first: int, count: int = 100) -> None:
    lake.write(
        lambda connection: connection.execute(
            f"insert into lake.core.numbers select {first} + n, null from range({count}) t(n)"
        ),
        tables=[NUMBERS],
        message="insert",
        commit_info={},
    )


def delete(lake: Lake, below: int) -> None:
    lake.write(
        lambda connection: connection.execute(f"delete from lake.core.numbers where n < {below}"),
        tables=[NUMBERS],
        message="delete",
        commit_info={},
    )


def numbers(lake: Lake, snapshot: int | None = None) -> tuple[int, int]:
    with lake.connect(snapshot=snapshot) as connection:
        return connection.sql("select count(*), sum(n) from lake.core.numbers").fetchall()[0]


def files(home: Path) -> dict[str, bytes]:
    folder = home / "objects"
    return {str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*.parquet")}


@pytest.fixture
def made(tmp_path: Path) -> Lake:
    """A lake with a data file, a file of deletes, and rows in the catalog."""
    lake = lake_in(tmp_path / "one")
    lake.create([NUMBERS, *TABLES])
    insert(lake, 0)
    delete(lake, 20)
    insert(lake, 1000, 3)
    return lake


@pytest.mark.slow
def test_a_moved_home_opens_for_readers_first_and_says_so_once(
    made: Lake, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    before = numbers(made)
    with made.connect() as connection:
        snapshot = made.snapshot_id(connection)
    moved = shutil.move(made.settings.root, tmp_path / "a folder's" / "two")
    lake = lake_in(Path(moved))
    with caplog.at_level(logging.WARNING):
        assert numbers(lake) == before
        assert numbers(lake, snapshot) == before
        insert(lake, 2000)
    assert [record.message for record in caplog.records] == [
        f"the lake in {tmp_path}/one/objects/lake/ has moved to {moved}/objects/lake/"
    ]
    assert not (tmp_path / "one").exists()


@pytest.mark.slow
def test_others_who_attach_a_moved_home_find_its_files_too(made: Lake, tmp_path: Path) -> None:
    moved = Path(shutil.move(made.settings.root, tmp_path / "two"))
    assert numbers(lake_in(moved))[0] == 83
    with lake_in(moved).reader() as connection:
        catalog = moved / "catalog.sqlite"
        connection.execute(f"attach 'ducklake:sqlite:{catalog}' as plain (read_only)")
        assert connection.sql("select count(*) from plain.core.numbers").fetchall() == [(83,)]


@pytest.mark.slow
def test_a_copy_and_its_original_never_touch_each_others_files(made: Lake, tmp_path: Path) -> None:
    copied = tmp_path / "copy"
    shutil.copytree(made.settings.root, copied)
    copy, kept = lake_in(copied), files(made.settings.root)
    delete(copy, 50)
    insert(copy, 5000)
    maintain(copy, now=datetime(2100, 1, 1))
    assert files(made.settings.root) == kept
    assert numbers(made)[0] == 83
    kept = files(copied)
    insert(made, 7000)
    delete(made, 90)
    maintain(made, now=datetime(2100, 1, 1))
    assert files(copied) == kept
    assert numbers(copy)[0] == 50 + 3 + 100
    assert numbers(made)[0] == 10 + 3 + 100
    for lake in (copy, made):
        with lake.connect() as connection:
            assert unread_files(lake, connection) == set()


@pytest.mark.slow
def test_a_bucket_in_a_moved_folders_place_is_refused(
    made: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    with made.reader() as connection:
        connection.execute(f"attach '{made.settings.catalog_file}' as catalog (type sqlite)")
        connection.execute(
            "update catalog.ducklake_metadata set value = 's3://bucket/lake/' "
            "where key = 'data_path'"
        )
    with pytest.raises(LakeError, match=r"s3://bucket/lake/.*TAPEWATCH_S3_BUCKET"):
        numbers(made)


@pytest.mark.slow
def test_a_copy_over_the_bucket_of_its_original_is_refused(made: Lake, tmp_path: Path) -> None:
    original, copied, moved = made.settings.root, tmp_path / "copy", tmp_path / "moved"
    refuse_unusable(load_settings(home=original, s3_bucket="bucket"), must_exist=True)
    shutil.copytree(original, copied)
    copy = load_settings(home=copied, s3_bucket="bucket")
    with pytest.raises(LakeError, match=r"is a copy of .*/one.*TAPEWATCH_S3_PREFIX"):
        refuse_unusable(copy, must_exist=True)
    # a move is none, and the home of before is forgotten
    original.rename(moved)
    refuse_unusable(load_settings(home=moved, s3_bucket="bucket"), must_exist=True)


@pytest.mark.services
def test_a_copy_with_the_catalog_of_its_original_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, empty_catalog: str
) -> None:
    monkeypatch.delenv("TAPEWATCH_S3_BUCKET", raising=False)
    monkeypatch.delenv("TAPEWATCH_S3_ENDPOINT", raising=False)
    monkeypatch.setenv("TAPEWATCH_CATALOG", empty_catalog)
    made = lake_in(tmp_path / "one")
    insert(made, 0)
    copied = tmp_path / "copy"
    shutil.copytree(made.settings.root, copied)
    with pytest.raises(LakeError, match="a copy needs a catalog of its own") as refused:
        insert(lake_in(copied), 1000)
    # whoever knows that it is a move does what the message says
    cure = str(refused.value).split("database: ")[1]
    with duckdb.connect() as connection:
        made.configure(connection)
        connection.execute(f"attach '{empty_catalog}' as pg (type postgres)")
        connection.execute(f"call postgres_execute('pg', $${cure}$$)")
    assert numbers(lake_in(copied))[0] == 100
