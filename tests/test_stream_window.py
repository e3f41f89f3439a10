"""A closed window as a Dagster run: what it writes, what it tells of, and a broken detector."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import dagster as dg
import pytest

from assets.detectors import large_order as broken
from assets.stream_window import close_shared
from orchestration import tags
from orchestration.definitions import definitions
from orchestration.lake import Lake
from orchestration.settings import load_settings
from tests.sensors.stream_objects import land

T0 = datetime(2024, 3, 1, 10)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    """A lake whose compiled models serve all tests of the module."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TAPEWATCH_HOME", str(tmp_path_factory.mktemp("stream") / "home"))
        lake = Lake(load_settings())
        yield lake
        close_shared(lake)


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


def test_it_writes_the_window_and_tells_of_each_asset(home: Lake) -> None:
    key = land(home, 0, [T0 + timedelta(seconds=n / 10) for n in range(80)])
    outcome, kept = run(home, 0, 6, key)
    assert outcome.success
    assert kept.tags[tags.KEPT] == "true"
    with home.connect() as connection:
        assert connection.sql("select count(*) from lake.core.trades").fetchall() == [(60,)]
        bars = connection.sql("select count(*), sum(trade_count) from lake.features.bars_1s")
        assert bars.fetchall() == [(6, 60)]
    told = {
        event.asset_key: event.step_materialization_data.materialization
        for event in outcome.all_events
        if event.is_step_materialization
    }
    assert set(told) <= definitions.resolve_asset_graph().get_all_asset_keys()
    trades = told[dg.AssetKey(["core", "trades"])]
    assert trades.partition == "2024-03-01"
    assert trades.metadata["dagster/row_count"].value == 60
    assert dg.AssetKey(["features", "bars_1s"]) in told
    # nothing was found, so nothing is told of
    assert dg.AssetKey(["hits", "large_order"]) not in told
    (check,) = [
        one
        for one in outcome.get_asset_check_evaluations()
        if one.asset_key == dg.AssetKey(["hits", "large_order"])
    ]
    assert check.passed


def test_the_same_window_again_changes_nothing(home: Lake) -> None:
    key = land(home, 1, [T0 + timedelta(seconds=20 + n) for n in range(8)])
    for _ in range(2):
        assert run(home, 20, 26, key)[0].success
    with home.connect() as connection:
        rows = connection.sql(
            "select count(*) from lake.core.trades where symbol = 'COIN1-USDT'"
        ).fetchall()
    assert rows == [(6,)]


def test_a_broken_detector_fails_the_run_and_loses_nothing(
    home: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    def judged(*_: object) -> None:
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr(broken, "_judged", judged)
    key = land(home, 2, [T0 + timedelta(seconds=40 + n) for n in range(8)])
    outcome, kept = run(home, 40, 46, key)
    assert not outcome.success
    # the sensor goes on: the trades are in the lake
    assert kept.tags[tags.KEPT] == "true"
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


def test_what_fails_before_the_commit_is_not_kept(home: Lake) -> None:
    outcome, kept = run(home, 60, 66, "landing/trades/topic=trades/partition=0/no-such.parquet")
    assert not outcome.success
    assert tags.KEPT not in kept.tags
    # and the next window has a connection again
    key = land(home, 3, [T0 + timedelta(seconds=60 + n) for n in range(8)])
    assert run(home, 60, 66, key)[0].success
