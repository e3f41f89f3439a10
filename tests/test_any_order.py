"""Days in any order, and micro-batches cut anywhere, give the alerts of one run at once."""

import random
from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from assets.alerts.current import join_again
from assets.alerts.current_incidents import join_incidents_again
from assets.anomaly.scoring import score_window
from assets.anomaly.tables import ANOMALY
from assets.clusters.finding import cluster_window
from assets.clusters.tables import CLUSTERS
from assets.detection.detector import detectors
from assets.detection.judging import judge
from assets.lake.lake import Lake
from assets.lake.locked_lake import locked
from assets.lake.settings import load_settings
from assets.landing.files.importer import land_files
from assets.landing.reader import objects_for_days
from assets.market.window import ONE_HOUR, Window, floor
from assets.simulation.market import simulate
from assets.stream.micro_batch import run_window
from assets.stream.stream import connected
from assets.tables import create_tables
from assets.transform import late_data
from assets.transform.asset import FEATURES, NORMALISE, landed_paths
from assets.transform.small_build import build_small

STAMPS = "input_snapshot_id, run_id, detected_at, code_version"
INFO = {"run_id": "test", "code_version": "test"}
pytestmark = [pytest.mark.slow, pytest.mark.path]

Tables = dict[str, list[tuple]]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return simulate(5, tmp_path_factory.mktemp("market"), quiet_days=1).files


@pytest.fixture(scope="module")
def whole(files: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Window:
    lake = Lake(load_settings(home=tmp_path_factory.mktemp("days")))
    reports = land_files(files, lake.objects, venue="simulated")
    days = sorted({day for report in reports for day in report.dates})
    return Window.of_days(days[0], days[-1])


@pytest.fixture(scope="module")
def at_once(files: list[Path], whole: Window, tmp_path_factory: pytest.TempPathFactory) -> Tables:
    return watch(files, [whole], tmp_path_factory.mktemp("at-once"))


def watch(files: Sequence[Path], windows: Sequence[Window], home: Path) -> Tables:
    """Take windows through the path, one after another, in a lake of their own.

    Built by the way of small days, which gives the rows of dbt at a fraction of its cost.
    """
    with locked(Lake(load_settings(home=home))) as lake:
        land_files(files, lake.objects, venue="simulated")
        for window in windows:
            take(window, lake)
        return contents(lake)


def take(window: Window, lake: Lake) -> None:
    """Take a window through the path, from landed rows to alerts."""
    landed = landed_paths(lake, window, {})
    results = build_small(lake, NORMALISE, window, landed=landed, commit_info=INFO)
    late_data.record(lake, window, INFO)
    touched = late_data.reopened(lake, window, str(window))
    results += build_small(lake, FEATURES, touched, commit_info=INFO)
    assert {result.status for result in results} <= {"success", "pass"}, results
    lake.write(
        lambda connection: score_window(connection, touched, lake.objects),
        tables=(ANOMALY,), message="scores", commit_info=INFO,
    )  # fmt: skip
    lake.write(
        lambda connection: cluster_window(connection, touched),
        tables=(CLUSTERS,), message="clusters", commit_info=INFO,
    )  # fmt: skip
    judged = judge(lake, detectors(), touched, INFO)
    assert {judgement.error for judgement in judged.values()} == {None}
    join_again(lake, list(detectors()), touched, INFO)
    join_incidents_again(lake, touched, INFO)


def contents(lake: Lake) -> Tables:
    queries = {
        "core": "select * from lake.core.trades",
        "hits": f"select * exclude ({STAMPS}) from lake.alerts.hits",
        # how often an alert changed on its way is its history, not what it says
        "alerts": f"select * exclude ({STAMPS}, revision) from lake.alerts.alerts "
        "where status <> 'superseded'",
        "incidents": f"select * exclude ({STAMPS}, revision) from lake.alerts.incidents "
        "where status <> 'superseded'",
        "bars": "select * from lake.features.bars_5m",
        "scores": "select * from lake.scores.anomaly_5m",
    }
    with lake.connect() as connection:
        return {
            name: sorted(connection.execute(query).fetchall(), key=repr)
            for name, query in queries.items()
        }


def assert_same(found: Tables, expected: Tables) -> None:
    for name in expected:
        assert found[name] == expected[name], name


def test_one_run_finds_what_the_others_must_find(at_once: Tables) -> None:
    assert at_once["hits"]
    assert at_once["alerts"]
    assert 0 < len(at_once["incidents"]) <= len(at_once["alerts"])


def test_days_in_another_order_give_the_same(
    files: list[Path], whole: Window, at_once: Tables, tmp_path: Path
) -> None:
    days = [Window.of_day(day) for day in whole.days]
    assert_same(watch(files, days[::-1], tmp_path), at_once)


@pytest.mark.proof
@pytest.mark.parametrize("cut_count", [1, 6])
def test_random_micro_batches_in_random_order_give_the_same(
    files: list[Path], whole: Window, at_once: Tables, tmp_path: Path, cut_count: int
) -> None:
    seed = random.randrange(10**6)
    drawn = random.Random(seed)
    length = (whole.end_at - whole.start_at) // timedelta(microseconds=1)
    cuts = sorted(
        whole.start_at + timedelta(microseconds=drawn.randrange(1, length))
        for _ in range(cut_count)
    )
    edges = [whole.start_at, *cuts, whole.end_at]
    windows = [Window(*pair) for pair in pairwise(edges)]
    drawn.shuffle(windows)
    found = watch(files, windows, tmp_path)
    for name, rows in at_once.items():
        assert found[name] == rows, f"{name}, cuts of seed {seed}"


def test_micro_batches_without_dbt_give_the_same(
    files: list[Path], whole: Window, at_once: Tables, tmp_path: Path
) -> None:
    lake = Lake(load_settings(home=tmp_path))
    land_files(files, lake.objects, venue="simulated")
    create_tables(lake)
    hour = floor(whole.start_at + (whole.end_at - whole.start_at) * 0.7, ONE_HOUR)
    # as of a live feed over an hour's end: from the third window on, recent rows are in memory
    seconds = [-8.0, -3.8, -1.0, 11.0, 32.0, 61.5]
    edges = [
        whole.start_at,
        *(hour + timedelta(seconds=second) for second in seconds),
        hour + timedelta(minutes=70),
        whole.end_at,
    ]
    in_memory = []
    with connected(lake) as stream:
        for window in (Window(*pair) for pair in pairwise(edges)):
            objects = objects_for_days(lake.objects, "trades", window.days)
            done = run_window(stream, window, objects, INFO)
            assert not done.failed
            in_memory.append(stream.recent is not None)
        # one of them again, now before others
        again = Window(*(hour + timedelta(seconds=second) for second in (-1.0, 11.0)))
        objects = objects_for_days(lake.objects, "trades", again.days)
        done = run_window(stream, again, objects, INFO)
        assert not done.failed
        assert done.touched.end_at == whole.end_at
    assert in_memory == [False, False, True, True, True, True, False, False]
    assert_same(contents(lake), at_once)
