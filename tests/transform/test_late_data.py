"""A change reaches as far as anything looks back."""

import re
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from assets.anomaly.training import TrainingPolicy
from assets.detection.tables import DETECTOR_RUNS
from assets.lake.lake import Lake
from assets.lake.settings import load_settings
from assets.market.window import Window
from assets.publishing.daily_document import days_to_report, facts_mark
from assets.publishing.report_files import report_path
from assets.risk.comparison import HISTORY_DAYS
from assets.risk.late_data import remeasured, reranked
from assets.tables import create_tables
from assets.transform.dbt_project import PROJECT
from assets.transform.late_data import REACH, record, reopened

DAYS = re.compile(r"interval '?(\d+) days?|cells_read\('[^']*', '(\d+) days?'\)")


def test_a_model_of_the_longest_baselines_lies_within_reach() -> None:
    found = [
        int(first or second)
        for path in (PROJECT / "models" / "features").rglob("*.sql")
        for first, second in DAYS.findall(path.read_text())
    ]
    assert max(found) >= 29
    assert timedelta(days=TrainingPolicy().look_back_days + max(found) + 1) <= REACH


@pytest.mark.slow
def test_risk_is_ranked_again_for_the_year_that_looks_back(tmp_path: Path) -> None:
    lake = Lake(load_settings(home=tmp_path))
    create_tables(lake)
    info = {"run_id": "test", "code_version": "test"}
    early = Window.of_day(date(2024, 1, 1))
    late = Window.of_day(early.days[0] + timedelta(days=HISTORY_DAYS))
    for window in (late, early):
        record(lake, window, info)

    assert reopened(lake, early, "test") == early
    assert reranked(lake, early).end_at == late.end_at
    assert remeasured(lake, early).end_at == late.end_at
    # a return counts in every later volatility, however long ago it was
    much_later = Window.of_day(date(2026, 1, 1))
    record(lake, much_later, info)
    assert reranked(lake, early).end_at == late.end_at
    assert remeasured(lake, early).end_at == much_later.end_at


@pytest.mark.slow
def test_a_later_report_is_rendered_again_only_where_its_facts_changed(tmp_path: Path) -> None:
    lake = Lake(load_settings(home=tmp_path))
    create_tables(lake)
    days = [date(2024, 1, n) for n in range(1, 5)]
    early, whole = Window.of_day(days[0]), Window.of_days(days[0], days[-1])
    with lake.connect() as connection:
        # the last day has no report
        for day in days[:3]:
            path = report_path(lake, day)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("<html></html>" + facts_mark(connection, day))
        assert days_to_report(connection, lake, early, whole) == days[:1]
    lake.write(
        lambda connection: connection.execute(
            f"insert into lake.{DETECTOR_RUNS.name} by name "
            "select 'd' as detector, date '2024-01-03' as trade_day, 'failed' as outcome"
        ),
        tables=(DETECTOR_RUNS,), message="test", commit_info={},
    )  # fmt: skip
    with lake.connect() as connection:
        assert days_to_report(connection, lake, early, whole) == [days[0], days[2]]


@pytest.mark.slow
def test_a_day_that_is_not_over_ends_at_the_clock(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    noon, day = datetime(2024, 3, 1, 12), Window.of_day(date(2024, 3, 1))
    monkeypatch.setattr("assets.transform.late_data._now", lambda: noon)
    create_tables(lake)
    record(lake, day, {"run_id": "test"})
    assert reopened(lake, day, "first") == Window(day.start_at, noon)
    # a day before it reaches as far, and no further
    before = Window.of_day(date(2024, 2, 29))
    assert reopened(lake, before, "second") == Window(before.start_at, noon)
    monkeypatch.setattr("assets.transform.late_data._now", lambda: day.end_at)
    assert reopened(lake, day, "third") == day


@pytest.mark.slow
def test_days_that_are_in_the_lake_are_reopened_though_the_clock_was_set_back(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_tables(lake)
    days = Window.of_days(date(2024, 3, 1), date(2024, 3, 3))
    record(lake, days, {"run_id": "test"})
    lake.write(
        lambda connection: connection.execute(
            "insert into lake.core.trades by name "
            "select timestamp '2024-03-03 18:00:00.5' as traded_at, date '2024-03-03' as trade_day"
        ),
        tables=(), message="test", commit_info={},
    )  # fmt: skip
    first = Window.of_day(date(2024, 3, 1))
    monkeypatch.setattr("assets.transform.late_data._now", lambda: datetime(2024, 3, 2, 9))
    reached = datetime(2024, 3, 3, 18, 0, 1)
    assert reopened(lake, first, "clock set back") == Window(first.start_at, reached)
