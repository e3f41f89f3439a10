"""A closed window as a Dagster run: what it writes, what it reports, and a broken detector."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

import dagster as dg
import duckdb
import pytest
from duckdb import DuckDBPyConnection

from assets.detection.detector import detectors
from assets.detectors.trades.large_order import large_order
from assets.lake.lake import Lake
from assets.lake.settings import load_settings
from assets.landing.writer import put_columns
from assets.market.window import Window
from assets.stream import tags
from assets.stream.job import streams
from assets.stream.micro_batch import run_window
from assets.stream.stream import connected
from assets.tables import create_tables
from orchestration.definitions import definitions
from tests.sensors.stream_objects import land

T0 = datetime(2024, 3, 1, 10)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    """A lake whose compiled models serve all tests of the module."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TAPEWATCH_HOME", str(tmp_path_factory.mktemp("stream") / "home"))
        lake = Lake(load_settings())
        yield lake
        streams.close(lake)


def run(lake: Lake, start: int, end: int, *keys: str) -> tuple[Any, dg.DagsterRun]:
    """Execute the job over a window of seconds after T0."""
    with dg.DagsterInstance.ephemeral() as instance:
        outcome = definitions.resolve_job_def("stream_surveillance").execute_in_process(
            instance=instance,
            run_config={
                "ops": {
                    "watch_window": {
                        "config": {
                            "start_at": (T0 + timedelta(seconds=start)).isoformat(),
                            "end_at": (T0 + timedelta(seconds=end)).isoformat(),
                            "objects": list(keys),
                        }
                    }
                }
            },
            raise_on_error=False,
        )
        found = instance.get_run_by_id(outcome.run_id)
        assert found is not None
        return outcome, found


@pytest.mark.slow
def test_it_writes_the_window_and_reports_each_asset(home: Lake) -> None:
    key = land(home, 0, [T0 + timedelta(seconds=n / 10) for n in range(80)])
    outcome, finished = run(home, 0, 6, key)
    assert outcome.success
    assert finished.tags[tags.FACTS_COMMITTED] == "true"
    with home.connect() as connection:
        assert connection.sql("select count(*) from lake.core.trades").fetchall() == [(60,)]
        bars = connection.sql("select count(*), sum(trade_count) from lake.features.bars_1s")
        assert bars.fetchall() == [(6, 60)]
    reported = {
        event.asset_key: event.step_materialization_data.materialization
        for event in outcome.all_events
        if event.is_step_materialization
    }
    assert set(reported) <= definitions.resolve_asset_graph().get_all_asset_keys()
    trades = reported[dg.AssetKey(["core", "trades"])]
    assert trades.partition == "2024-03-01"
    assert trades.metadata["dagster/row_count"].value == 60
    assert dg.AssetKey(["features", "bars_1s"]) in reported
    # no hit was found, so none is reported
    assert dg.AssetKey(["hits", "large_order"]) not in reported
    assert not outcome.get_asset_check_evaluations()


@pytest.mark.slow
def test_the_same_window_again_changes_nothing(home: Lake) -> None:
    key = land(home, 1, [T0 + timedelta(seconds=20 + n) for n in range(8)])
    for _ in range(2):
        assert run(home, 20, 26, key)[0].success
    with home.connect() as connection:
        rows = connection.sql(
            "select count(*) from lake.core.trades where symbol = 'COIN1-USDT'"
        ).fetchall()
    assert rows == [(6,)]


@pytest.mark.slow
def test_a_broken_detector_fails_the_run_and_loses_nothing(home: Lake) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("broken on purpose")

    whole = large_order.detect
    object.__setattr__(large_order, "detect", broken)
    key = land(home, 2, [T0 + timedelta(seconds=40 + n) for n in range(8)])
    try:
        outcome, finished = run(home, 40, 46, key)
    finally:
        object.__setattr__(large_order, "detect", whole)
    assert not outcome.success
    # the sensor goes on: the trades are in the lake
    assert finished.tags[tags.FACTS_COMMITTED] == "true"
    failure = next(event for event in outcome.all_events if event.is_step_failure)
    assert "failed: large_order" in failure.step_failure_data.error.message
    checks = {one.asset_key.path[-1]: one.passed for one in outcome.get_asset_check_evaluations()}
    assert not checks.pop("large_order")
    assert all(checks.values())
    with home.connect() as connection:
        counted = connection.sql(
            "select count(*) from lake.core.trades where symbol = 'COIN2-USDT'"
        ).fetchall()
        failed = connection.sql(
            "select detector from lake.ops.detector_runs where outcome = 'failed'"
        ).fetchall()
    assert counted == [(6,)]
    assert ("large_order",) in failed


@pytest.mark.slow
def test_a_failure_before_the_commit_leaves_no_tag(home: Lake) -> None:
    outcome, finished = run(home, 60, 66, "landing/trades/topic=trades/partition=0/no-such.parquet")
    assert not outcome.success
    assert tags.FACTS_COMMITTED not in finished.tags
    # and the next window has a connection again
    key = land(home, 3, [T0 + timedelta(seconds=60 + n) for n in range(8)])
    assert run(home, 60, 66, key)[0].success


@pytest.mark.slow
def test_that_the_detectors_ran_is_reported_with_the_day_s_coverage(home: Lake) -> None:
    key = land(home, 4, [T0 + timedelta(seconds=295 + n) for n in range(8)])
    outcome, _ = run(home, 295, 301, key)
    assert outcome.success
    checks = {one.asset_key.path[-1]: one.passed for one in outcome.get_asset_check_evaluations()}
    # a detector of hours or days has judged nothing yet
    window = Window(T0 + timedelta(seconds=295), T0 + timedelta(seconds=301))
    assert set(checks) == {one.name for one in detectors() if window.closes_a_cell(one.grid)}
    assert all(checks.values())


class LosingConnection:
    """A connection whose first commit is lost, or done and only its answer lost."""

    def __init__(self, connection: DuckDBPyConnection, *, is_done: bool) -> None:
        self._connection = connection
        self._is_done = is_done
        self.has_lost = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, query: str, *values: Any) -> DuckDBPyConnection:
        if query != "commit" or self.has_lost:
            return self._connection.execute(query, *values)
        self.has_lost = True
        self._connection.execute("commit" if self._is_done else "rollback")
        raise duckdb.TransactionException("the connection to the catalog was lost")


@pytest.mark.slow
@pytest.mark.parametrize("is_done", [False, True])
@pytest.mark.parametrize("before", [1, 2], ids=["a new window", "one before others"])
def test_a_commit_that_was_lost_neither_loses_nor_doubles(
    tmp_path: Path, home: Lake, before: int, is_done: bool
) -> None:
    lake = Lake(load_settings(home=tmp_path / "home"))
    lake.settings.root.mkdir()
    # the models that are compiled already
    (lake.settings.root / "dbt").symlink_to(home.settings.root / "dbt")
    at = [T0 + timedelta(seconds=n / 10) for n in range(300)]
    key = land(lake, 0, at)
    create_tables(lake)
    put_columns(lake.objects, lake.settings.scratch)
    info = {"run_id": "run", "code_version": "version"}
    windows = [
        Window(T0 + timedelta(seconds=start), T0 + timedelta(seconds=start + 10))
        for start in (10, 20, 0)[: before + 1]
    ]
    with connected(lake) as stream:
        connection = stream.connection
        for window in windows[:-1]:
            run_window(stream, window, [key], info)
        losing = LosingConnection(connection, is_done=is_done)
        stream = replace(stream, connection=cast("DuckDBPyConnection", losing))
        run_window(stream, windows[-1], [key], info)
        assert losing.has_lost
        for table, time in (("core.trades", "traded_at"), ("features.bars_1s", "cell_start_at")):
            counted = connection.sql(
                f"select {time}::timestamp, count(*) from lake.{table} group by all"
            ).fetchall()
            inside = [one for one in at if any(w.start_at <= one < w.end_at for w in windows)]
            if table == "features.bars_1s":
                inside = [one.replace(microsecond=0) for one in inside]
            assert dict(counted) == dict.fromkeys(inside, 1)
