"""The check that compares a stream's windows with the day's run, and what it must not miss."""

from datetime import datetime, timedelta

import dagster as dg
import pytest

from assets.detection.detector import detectors
from assets.detection.judging import judge
from assets.lake.lake import Lake
from assets.lake.locked_lake import locked
from assets.landing.streams import stream_days
from assets.landing.writer import put_columns
from assets.market.window import Window
from assets.stream.micro_batch import run_window
from assets.stream.parity import parity
from assets.stream.stream import connected
from assets.tables import create_tables
from assets.transform import late_data
from assets.transform.asset import FEATURES, NORMALISE, landed_paths
from assets.transform.compiled_models import models
from assets.transform.small_build import build_small
from tests.sensors.stream_objects import land

T0 = datetime(2024, 3, 1, 10)
DAY = Window.of_day(T0.date())
STREAM = {"run_id": "stream", "code_version": "test"}
pytestmark = [pytest.mark.slow, pytest.mark.path]


def second(count: float) -> datetime:
    return T0 + timedelta(seconds=count)


def stream(lake: Lake) -> None:
    """Two windows of a stream, as the sensor cuts them."""
    create_tables(lake)
    put_columns(lake.objects, lake.settings.scratch)
    key = land(lake, 0, [second(n / 4) for n in range(100)])
    with connected(lake) as stream:
        for first, last in ((0, 7), (7, 25)):
            run_window(stream, Window(second(first), second(last)), [key], STREAM)


def day(whole: Lake, run_id: str) -> dg.AssetCheckResult:
    """The day's run, as far as the check reads it, and the check's result."""
    info = {"run_id": run_id, "code_version": "test"}
    with locked(whole) as lake:
        late_data.record(lake, DAY, info)
        landed = landed_paths(lake, DAY, stream_days(lake))
        results = build_small(lake, NORMALISE, DAY, landed=landed, commit_info=info)
        results += build_small(lake, FEATURES, DAY, commit_info=info)
        assert {result.status for result in results} <= {"success", "pass", "warn"}, results
        judge(lake, detectors(), DAY, info)
        with lake.connect() as connection:
            return parity(connection, DAY, run_id, models(lake.settings.root))


def test_windows_and_day_agree_and_a_lost_row_is_named(lake: Lake) -> None:
    stream(lake)
    result = day(lake, "first")
    assert result.passed, result.description
    assert "rows of" in (result.description or "")

    # something that a window should have written is missing when the next day's run begins
    lake.write(
        lambda connection: connection.execute(
            "delete from lake.features.bars_1s where cell_start_at = ?", [second(3)]
        ),
        tables=(),
        message="lose a bar",
        commit_info={"run_id": "loss"},
    )
    result = day(lake, "second")
    assert not result.passed
    assert result.severity == dg.AssetCheckSeverity.WARN
    assert result.description == "features.bars_1s: 0 rows of the stream alone, 1 of the day alone"

    # what landed since is a difference that nobody made
    land(lake, 0, [second(8.1)])
    result = day(lake, "third")
    assert result.passed
    assert result.description == "not comparable: 1 objects landed after the stream's windows"


def test_a_day_without_a_stream_has_nothing_to_compare(lake: Lake) -> None:
    create_tables(lake)
    land(lake, 0, [second(n) for n in range(10)])
    assert day(lake, "only").description == "no window of a stream came before this run"
