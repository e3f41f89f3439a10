"""The rows in memory between a stream's windows are those of the lake."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from duckdb import DuckDBPyConnection

from assets.detection.detector import detectors
from assets.detection.judging import judgement_of, stamps_of
from assets.lake.lake import Lake
from assets.lake.settings import load_settings
from assets.lake.snapshots import changed_since
from assets.lake.source import in_lake
from assets.lake.writers import APPEND
from assets.market.window import Window
from assets.simulation.tables import EPISODES
from assets.stream import named_trades
from assets.stream.in_memory import release
from assets.stream.recent_rows import (
    SPANS,
    TRADES,
    RecentRows,
    is_current,
    is_in_memory,
    load_recent,
    reading_recent,
    trim,
)
from assets.tables import create_tables
from assets.transform.compiled_models import models
from assets.transform.dbt_project import manifest_path
from assets.transform.late_data import latest_end, note
from assets.transform.tables import LANDED_OBJECTS, NORMALISED_WINDOWS

BARS = "features.bars_1s"
NOON = datetime(2024, 3, 1, 12)
INFO = {"run_id": "run", "code_version": "version"}


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = Lake(load_settings(home=tmp_path_factory.mktemp("recent")))
    create_tables(lake)
    return lake


@pytest.fixture
def connection(lake: Lake) -> Iterator[DuckDBPyConnection]:
    """The lake with bars of the last day."""
    with lake.connect(read_only=False) as connection:
        connection.execute(f"delete from lake.{BARS}")
        connection.execute(
            f"insert into lake.{BARS} by name select 'file' as venue, 'A-B' as symbol, "
            "timestamp '2024-03-01 12:00' - to_minutes(n) as cell_start_at, "
            "cell_start_at::date as trade_day from range(1, 1441) as minutes (n)"
        )
        yield connection


def loaded(lake: Lake, connection: DuckDBPyConnection) -> RecentRows:
    every = models(lake.settings.root)
    written = [model for model in every if model.window_column]
    named = next(model for model in every if model.name == named_trades.NAME)
    return load_recent(connection, written, named, lake.snapshot_id(connection), NOON, {})


def minutes(connection: DuckDBPyConnection, relation: str, since: datetime) -> list[datetime]:
    rows = connection.execute(
        f"select cell_start_at from {relation} where cell_start_at >= ? order by 1", [since]
    ).fetchall()
    return [minute for (minute,) in rows]


@pytest.mark.slow
@pytest.mark.parametrize("hours", [1, 3, 10, 30])
def test_a_look_back_finds_the_lake_s_rows_however_far_it_reaches(
    lake: Lake, connection: DuckDBPyConnection, hours: int
) -> None:
    recent = loaded(lake, connection)
    since = NOON - timedelta(hours=hours)
    found = minutes(connection, recent(BARS, since), since)
    assert found == minutes(connection, in_lake(BARS, since), since)
    assert len(found) == min(60 * hours, 1440)
    assert recent(BARS, since).startswith("in_memory." if hours <= 3 else "with_older.")


@pytest.mark.slow
def test_rows_that_were_dropped_are_read_from_the_lake(
    lake: Lake, connection: DuckDBPyConnection
) -> None:
    recent = loaded(lake, connection)
    soon = trim(connection, replace(recent, end_at=NOON + timedelta(minutes=40)))
    assert soon.since[BARS] == recent.since[BARS]
    later = trim(connection, replace(recent, end_at=NOON + timedelta(hours=1)))
    assert later.since[BARS] == NOON - timedelta(hours=2)
    assert len(minutes(connection, f"in_memory.{BARS}", NOON - timedelta(days=2))) == 120
    since = NOON - timedelta(hours=10)
    found = minutes(connection, later(BARS, since), since)
    assert found == minutes(connection, in_lake(BARS, since), since)
    release(connection)
    assert not connection.sql(
        "from duckdb_databases() where database_name in ('in_memory', 'with_older')"
    ).fetchall()


BY_OTHERS = {
    "rows in a file": f"insert into lake.{BARS} by name select 'file' as venue from range(2000)",
    "a row in the catalog": f"insert into lake.{BARS} by name select 'file' as venue",
    "an update": f"update lake.{BARS} set venue = 'other'",
    "a deletion": f"delete from lake.{BARS}",
    "an object": f"insert into lake.{LANDED_OBJECTS.name} by name select 'file' as venue",
    "a normalised window": f"insert into lake.{NORMALISED_WINDOWS.name} values (now(), now())",
}


@pytest.mark.slow
@pytest.mark.parametrize("statement", BY_OTHERS.values(), ids=BY_OTHERS)
def test_recent_rows_are_current_until_somebody_else_writes_to_their_tables(
    lake: Lake, connection: DuckDBPyConnection, statement: str
) -> None:
    recent = loaded(lake, connection)
    assert is_current(lake, connection, recent)
    by_another(lake, f"insert into lake.{EPISODES.name} by name select 'file' as venue")
    assert is_current(lake, connection, recent)
    by_another(lake, statement)
    assert not is_current(lake, connection, recent)


@pytest.mark.slow
def test_recent_rows_are_not_current_where_the_catalog_has_forgotten(
    lake: Lake, connection: DuckDBPyConnection
) -> None:
    recent = loaded(lake, connection)
    by_another(lake, f"insert into lake.{BARS} by name select 'file' as venue")
    by_another(lake, f"insert into lake.{EPISODES.name} by name select 'file' as venue")
    assert changed_since(lake, connection, recent.snapshot_id + 1) is not None
    connection.execute(
        f"call ducklake_expire_snapshots('lake', versions => [{recent.snapshot_id + 1}])"
    )
    assert changed_since(lake, connection, recent.snapshot_id) is None
    assert not is_current(lake, connection, recent)


def by_another(lake: Lake, statement: str) -> None:
    lake.write(
        lambda connection: connection.execute(statement),
        tables=(),
        message="of another process",
        commit_info=INFO,
    )


def test_a_table_in_memory_is_computed_from_others_in_memory_alone(
    lake: Lake, connection: DuckDBPyConnection
) -> None:
    nodes = json.loads(manifest_path(lake.settings.root).read_text())["nodes"]
    by_id = {model.unique_id: model for model in models(lake.settings.root)}

    def windowed(unique_id: str) -> set[str]:
        """The windowed models that a model reads, through ephemeral ones too."""
        found: set[str] = set()
        for parent in nodes[unique_id]["depends_on"]["nodes"]:
            if parent in by_id and by_id[parent].materialized == "window":
                found.add(by_id[parent].table.name)
            elif parent in by_id and by_id[parent].materialized == "ephemeral":
                found |= windowed(parent)
        return found

    recent = loaded(lake, connection)
    features = [model for model in by_id.values() if model.table.name in SPANS]
    assert len(features) == len(SPANS) - 2
    for model in features:
        assert windowed(model.unique_id), model.name
        assert all(is_in_memory(table) for table in windowed(model.unique_id)), model.name
        sql = reading_recent(model.sql, recent)
        assert '"lake".' not in sql
        assert "with_older." in sql
        # of the lake's own trades only those that a window brings
        assert named_trades.NAME not in model.parents or f"with_older.{TRADES}" not in sql
    assert is_in_memory(TRADES)


@pytest.mark.slow
def test_windows_of_a_stream_become_one_at_the_hour_s_end(tmp_path: Path) -> None:
    lake = Lake(load_settings(home=tmp_path))
    lake.create([NORMALISED_WINDOWS])
    edges = [NOON + timedelta(minutes=minute) for minute in (30, 40, 50, 70)]
    apart = Window(NOON + timedelta(minutes=10), NOON + timedelta(minutes=20))
    with lake.connect(read_only=False) as connection:
        assert latest_end(connection) is None
        for window in [apart, *(Window(*pair) for pair in pairwise(edges))]:
            note(connection, window, APPEND)
            assert latest_end(connection) == window.end_at
        rows = connection.sql(f"select * from lake.{NORMALISED_WINDOWS.name} order by 1").fetchall()
    assert rows == [(apart.start_at, apart.end_at), (edges[0], edges[-1])]


@pytest.mark.slow
def test_every_detector_judges_and_states_its_coverage_from_rows_in_memory(
    lake: Lake, connection: DuckDBPyConnection
) -> None:
    recent = loaded(lake, connection)
    window = Window(NOON - timedelta(seconds=5), NOON)
    day_so_far = Window(Window.of_day(NOON.date()).start_at, NOON)
    stamps = stamps_of(1, INFO)
    for detector in detectors():
        in_memory, of_lake = (
            judgement_of(connection, detector, window, stamps, covering=day_so_far, source=source)
            for source in (recent, in_lake)
        )
        assert in_memory == of_lake
        assert in_memory.error is None
