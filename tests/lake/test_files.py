"""What the files of a table hold is what the lake has of it, whatever was written and replaced."""

import random
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pytest
from duckdb import DuckDBPyConnection

from assets.lake.connection import ALIAS, TRUSTING, read_objects
from assets.lake.files import FileLists, have_views, list_files, use_files
from assets.lake.lake import Lake
from assets.lake.settings import Settings, load_settings
from assets.lake.tables import Table

NAME = "core.cells"
CELLS = Table(
    NAME,
    (
        "trade_day date", "place bigint", "price decimal(38, 18)", "amount double",
        "traded_at timestamp", "said varchar", "names varchar[]", "is_on_book boolean",
    ),
    partitioned_by="trade_day",
)  # fmt: skip
# up to ten rows lie in the catalog
SIZES = (1, 3, 10, 11, 40)
EMPTY = "core.nothing"


@pytest.fixture
def lake(settings: Settings) -> Lake:
    return with_tables(settings)


def with_tables(settings: Settings) -> Lake:
    lake = Lake(settings)
    lake.create([CELLS, Table(EMPTY, CELLS.columns)])
    return lake


def write(lake: Lake, *statements: str) -> None:
    with lake.lock(), lake.connect(read_only=False) as connection:
        for statement in statements:
            connection.execute(statement)


def rows_of(day: int, count: int, start: int = 0) -> str:
    return (
        f"insert into lake.{NAME} select date '2024-01-01' + {day}, i, i / 7, i / 7, "
        f"timestamp '2024-01-01 00:00:00.000001' + to_days({day}) + to_seconds(i), "
        "if(i % 3 = 0, null, 'é''\"' || i), if(i % 2 = 0, [], ['a', null, i::varchar]), i % 2 = 0 "
        f"from range({start}, {start + count}) t(i)"
    )


def listed(lake: Lake) -> FileLists:
    with lake.connect() as connection:
        return list_files(lake, connection, [NAME, EMPTY, "core.absent"])


def rows_in(connection: DuckDBPyConnection, name: str = NAME) -> Sequence[tuple[object, ...]]:
    return connection.sql(f"from lake.{name} order by all").fetchall()


def rows_in_files(lake: Lake, lists: FileLists, name: str = NAME) -> Sequence[tuple[object, ...]]:
    with duckdb.connect(config=TRUSTING) as connection:
        read_objects(connection, lake.settings)
        connection.execute(f"attach ':memory:' as {ALIAS}")
        have_views(connection, lists)
        with connection.cursor() as cursor:
            use_files(cursor, lists)
            return rows_in(cursor, name)


def rows_in_lake(lake: Lake) -> Sequence[tuple[object, ...]]:
    with lake.connect() as connection:
        return rows_in(connection)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_files_hold_what_the_lake_has(lake: Lake, seed: int) -> None:
    hold_what_the_lake_has(lake, seed)


@pytest.mark.services
def test_files_in_a_bucket_hold_what_the_lake_has(
    service_environment: dict[str, str],
    empty_catalog: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TAPEWATCH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TAPEWATCH_CATALOG", empty_catalog)
    monkeypatch.setenv("TAPEWATCH_S3_PREFIX", tmp_path.name)
    hold_what_the_lake_has(with_tables(load_settings()), seed=3)


def hold_what_the_lake_has(lake: Lake, seed: int) -> None:
    drawn = random.Random(seed)
    for turn in range(12):
        day, count = drawn.randrange(3), drawn.choice(SIZES)
        from_place = drawn.choice((0, turn * 50))
        replaced = [
            f"delete from lake.{NAME} where trade_day = date '2024-01-01' + {day} "
            f"and place >= {from_place}"
        ]
        write(
            lake,
            "begin",
            *(replaced if drawn.random() < 0.5 else []),
            rows_of(day, count, start=turn * 100),
            "commit",
        )
        lists = listed(lake)
        assert rows_in_files(lake, lists) == rows_in_lake(lake) != []
        assert rows_in_files(lake, lists, EMPTY) == []


def test_a_table_that_has_not_changed_is_not_listed_again(lake: Lake) -> None:
    write(lake, rows_of(0, 40))
    first = listed(lake)
    write(lake, rows_of(1, 40))
    with lake.connect() as connection:
        again = list_files(lake, connection, [NAME, EMPTY], {EMPTY: first[EMPTY]})
    assert again[EMPTY] is first[EMPTY]
    assert rows_in_files(lake, again) == rows_in_lake(lake) != rows_in_files(lake, first)


def test_rows_of_worn_files_are_copied(lake: Lake) -> None:
    write(lake, rows_of(0, 40), rows_of(1, 40))
    # so few deletions lie in the catalog, the next in a file of their own
    for condition in ("place = 5", "place between 10 and 25 and trade_day = date '2024-01-01'"):
        write(lake, f"delete from lake.{NAME} where {condition}")
        lists = listed(lake)
        assert rows_in_files(lake, lists) == rows_in_lake(lake)
    # one of the two files has lost all its rows by parts
    write(lake, f"delete from lake.{NAME} where trade_day = date '2024-01-01'", rows_of(2, 3))
    lists = listed(lake)
    assert len(rows_in_lake(lake)) == 42
    assert rows_in_files(lake, lists) == rows_in_lake(lake)


def test_a_table_whose_files_are_not_found_by_name_has_no_list(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(lake, rows_of(0, 40))
    write(lake, f"delete from lake.{NAME} where place = 5")
    # no file is whole or worn then, and none of the 39 rows would be copied
    monkeypatch.setattr("assets.lake.files._whole_and_worn", lambda *_: ([], []))
    assert listed(lake)[NAME] is None


def test_a_table_with_too_many_rows_to_copy_has_no_list(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assets.lake.files.MOST_COPIED", 10)
    write(lake, rows_of(0, 40))
    assert listed(lake)[NAME] is not None
    write(lake, f"delete from lake.{NAME} where place = 5")
    assert listed(lake)[NAME] is None
    # it hides no other
    assert listed(lake)[EMPTY] is not None


def test_each_connection_has_the_files_of_its_own_snapshot(lake: Lake) -> None:
    write(lake, rows_of(0, 3))
    first = listed(lake)
    write(lake, rows_of(0, 40, start=3))
    second = listed(lake)
    with duckdb.connect() as connection:
        connection.execute(f"attach ':memory:' as {ALIAS}")
        have_views(connection, first)
        have_views(connection, second)
        with connection.cursor() as earlier, connection.cursor() as later:
            use_files(later, second)
            use_files(earlier, first)
            assert [len(rows_in(one)) for one in (earlier, later)] == [3, 43]


def test_files_of_the_catalogs_rows_go_with_their_list(lake: Lake) -> None:
    write(lake, rows_of(0, 3))
    lists = listed(lake)
    of_table = lists[NAME]
    assert of_table is not None
    own = Path(of_table.addresses[0])
    assert own.is_file()
    del lists, of_table
    assert not own.exists()
