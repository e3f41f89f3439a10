"""The one verdict: the state of each detector over some days, and whether it fails a run."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest
from duckdb import DuckDBPyConnection

from assets.detection.tables import DETECTOR_RUNS, HITS
from assets.publishing.verdict import fails_run, verdict_of

MONDAY, TUESDAY = date(2024, 3, 4), date(2024, 3, 5)
DAYS = (MONDAY, TUESDAY)
EXPECTED: Any = [SimpleNamespace(name=name, inputs=("bars_5m",)) for name in ("first", "second")]


@pytest.fixture
def lake() -> Iterator[DuckDBPyConnection]:
    """The tables that a verdict reads, with cells to judge on Monday and Tuesday."""
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as lake")
        for schema in ("alerts", "core", "features", "ops"):
            connection.execute(f"create schema lake.{schema}")
        for table in (HITS, DETECTOR_RUNS):
            connection.execute(f"create table lake.{table.name} ({', '.join(table.columns)})")
        connection.execute("create table lake.core.trades (trade_day date)")
        connection.execute("create table lake.features.bars_5m (cell_end_at timestamp)")
        for day in DAYS:
            # the day's last cell ends where the next day begins
            midnight = datetime(day.year, day.month, day.day) + timedelta(days=1)
            connection.execute("insert into lake.core.trades values (?)", [day])
            connection.execute("insert into lake.features.bars_5m values (?)", [midnight])
        yield connection


def add_runs(lake: DuckDBPyConnection, detector: str, **outcomes: str) -> None:
    for day, outcome in outcomes.items():
        lake.execute(
            f"insert into lake.{DETECTOR_RUNS.name} (detector, venue, symbol, trade_day, outcome) "
            "values (?, 'v', 'A-B', ?, ?)",
            [detector, MONDAY if day == "monday" else TUESDAY, outcome],
        )


def states(lake: DuckDBPyConnection) -> dict[str, str]:
    return {one.name: one.state for one in verdict_of(lake, DAYS, EXPECTED).detectors}


def test_the_worst_day_is_the_state_of_a_detector(lake: DuckDBPyConnection) -> None:
    add_runs(lake, "first", monday="ran", tuesday="failed")
    add_runs(lake, "second", monday="insufficient", tuesday="ran")
    assert states(lake) == {"first": "failed", "second": "ran"}


def test_a_detector_that_could_judge_nothing_did_not_run_and_fails_nothing(
    lake: DuckDBPyConnection,
) -> None:
    add_runs(lake, "first", monday="ran", tuesday="ran")
    add_runs(lake, "second", monday="insufficient", tuesday="insufficient")
    lake.execute(f"update lake.{DETECTOR_RUNS.name} set reason = 'times are whole seconds'")
    verdict = verdict_of(lake, DAYS, EXPECTED)
    assert verdict.sentence == "1 of 2 detectors ran: second is insufficient."
    assert verdict.tone == "partial"
    assert verdict.insufficiency == ("second could judge no symbol: times are whole seconds",)
    assert verdict.not_judged(("v", "A-B")) == ["second (times are whole seconds)"]
    assert not fails_run(verdict, {"first", "second"})


def test_a_detector_that_left_no_row_of_one_day_did_not_run(lake: DuckDBPyConnection) -> None:
    add_runs(lake, "first", monday="ran", tuesday="ran")
    add_runs(lake, "second", monday="ran")
    verdict = verdict_of(lake, DAYS, EXPECTED)
    assert verdict.sentence == "1 of 2 detectors ran: second did not run."
    assert verdict.reasons == (
        "second: no cell of 2024-03-05 was judged; run the day again from the stage detect",
    )
    assert fails_run(verdict, {"first", "second"})


def test_a_day_without_a_cell_leaves_no_row_and_fails_nothing(lake: DuckDBPyConnection) -> None:
    lake.execute(f"delete from lake.features.bars_5m where cell_end_at > '{TUESDAY} 00:00:00'")
    for name in ("first", "second"):
        add_runs(lake, name, monday="ran")
    assert verdict_of(lake, DAYS, EXPECTED).sentence == "2 of 2 detectors ran."


def test_a_run_answers_for_the_detectors_that_were_chosen(lake: DuckDBPyConnection) -> None:
    add_runs(lake, "first", monday="ran", tuesday="ran")
    verdict = verdict_of(lake, DAYS, EXPECTED)
    assert not fails_run(verdict, {"first"})
    add_runs(lake, "second", monday="failed")
    assert fails_run(verdict_of(lake, DAYS, EXPECTED), {"first"})


def test_days_without_a_trade_are_unjudged_but_stale_hits_of_them_are_named(
    lake: DuckDBPyConnection,
) -> None:
    lake.execute("delete from lake.core.trades")
    lake.execute("delete from lake.features.bars_5m")
    verdict = verdict_of(lake, DAYS, EXPECTED)
    assert verdict.sentence == "0 of 2 detectors ran: there was no trade to judge."
    assert not fails_run(verdict, {"first", "second"})
    lake.execute(
        f"insert into lake.{HITS.name} (detector, is_stale, trade_day) values (?, true, ?)",
        ["first", MONDAY],
    )
    assert verdict_of(lake, DAYS, EXPECTED).reasons == (
        "first: 1 hit is of an earlier run, marked stale",
    )


def test_a_detector_that_is_no_longer_known_is_judged_by_its_rows(lake: DuckDBPyConnection) -> None:
    for name in ("first", "second"):
        add_runs(lake, name, monday="ran", tuesday="ran")
    add_runs(lake, "retired", monday="failed")
    assert verdict_of(lake, DAYS, EXPECTED).sentence == "2 of 3 detectors ran: retired failed."
