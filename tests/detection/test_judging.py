"""Of two runs that judge the same window, the one that saw more has the last word."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from threading import Thread
from typing import Any, Literal

import duckdb
import pytest

from assets.alerts import current as current_alerts
from assets.alerts.tables import ALERT_ROWS, ALERTS, REVISIONS
from assets.detection import judging
from assets.detection.coverage import DetectorRun
from assets.detection.detector import Detector
from assets.detection.hits import Hit
from assets.detection.judging import Judgement, judge, save_judgements
from assets.detection.tables import DETECTOR_RUNS, HITS
from assets.detectors.trades.flash_crash import flash_crash
from assets.detectors.trades.large_order import large_order
from assets.lake.lake import Lake
from assets.market.window import Window
from assets.publishing.verdict import verdict_of
from assets.tables import create_tables

DAY = Window.of_day(date(2024, 8, 8))
NOON = datetime(2024, 8, 8, 12)
INFO = {"run_id": "first", "code_version": "test"}


def hit() -> Hit:
    return Hit(
        detector=flash_crash.name,
        detector_version=flash_crash.version,
        params_digest=flash_crash.params_digest,
        typology=flash_crash.typology,
        data_tier=flash_crash.data_tier,
        kind="hit",
        venue="v",
        symbol="BTC-USDT",
        subject_kind="market",
        subject_id="binance AAA-USDT",
        further_subjects="[]",
        statistic=0.2,
        threshold=0.05,
        p_value=None,
        score=0.5,
        notional=1.0,
        notional_usd=1.0,
        evidence='{"trades": {"start_at": "2024-03-01 00:00:00", "end_at": "2024-03-01 00:00:05"}}',
        is_stale=False,
        input_snapshot_id=1,
        code_version="test",
        run_id="second",
        detected_at=NOON,
        cell_start_at=NOON,
        cell_end_at=NOON + timedelta(seconds=5),
        trade_day=NOON.date(),
    )


@pytest.mark.slow
def test_what_another_run_found_meanwhile_is_not_overwritten(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_tables(lake)
    other = Thread(
        target=lambda: lake.write(
            lambda connection: save_judgements(
                connection, {flash_crash: Judgement([hit()], [])}, DAY
            ),
            tables=(HITS, DETECTOR_RUNS),
            message="second",
            commit_info={},
        )
    )
    first = judging.judgement_of

    def slow(*arguments: Any, **named: Any) -> Judgement:
        said = first(*arguments, **named)
        other.start()
        other.join(timeout=3)
        return said

    monkeypatch.setattr(judging, "judgement_of", slow)
    assert judge(lake, [flash_crash], DAY, INFO)[flash_crash].hits == []
    other.join()
    with lake.connect() as connection:
        kept = connection.sql(f"select run_id from lake.{HITS.name}").fetchall()
    assert kept == [("second",)]


@pytest.mark.slow
def test_a_detector_that_fails_stops_no_other_of_its_commit(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_tables(lake)
    lake.write(
        lambda connection: save_judgements(connection, {flash_crash: Judgement([hit()], [])}, DAY),
        tables=(HITS, DETECTOR_RUNS),
        message="earlier",
        commit_info={},
    )
    find_hits = judging.find_hits

    def fail(connection: duckdb.DuckDBPyConnection, detector: Detector, *others: Any) -> list[Hit]:
        if detector is flash_crash:
            # ends the transaction that it is executed in
            connection.execute("select error('Boom')")
        return find_hits(connection, detector, *others)

    monkeypatch.setattr(judging, "find_hits", fail)
    with lake.connect() as connection:
        before = lake.snapshot_id(connection)
    judged = judge(lake, [flash_crash, large_order], DAY, INFO)
    assert "Boom" in (judged[flash_crash].error or "")
    assert (judged[large_order].hits, judged[large_order].error) == ([], None)
    with lake.connect() as connection:
        assert lake.snapshot_id(connection) == before + 1
        hits = connection.sql(f"select detector, is_stale from lake.{HITS.name}").fetchall()
        runs = connection.sql(f"select detector, outcome from lake.{DETECTOR_RUNS.name}").fetchall()
    assert hits == [(flash_crash.name, True)]
    assert runs == [(flash_crash.name, "failed")]


@pytest.mark.slow
def test_a_replayed_commit_says_no_alert_twice(lake: Lake) -> None:
    create_tables(lake)
    tables = (HITS, ALERTS, REVISIONS)

    def write(work: Callable[[duckdb.DuckDBPyConnection], object]) -> None:
        lake.write(work, tables=tables, message="test", commit_info=INFO)

    write(
        lambda connection: save_judgements(connection, {flash_crash: Judgement([hit()], [])}, DAY)
    )
    with lake.connect() as connection:
        changes = current_alerts.changes_of(connection, flash_crash, DAY, INFO, 1)
    assert len(changes.opened) == 1
    for _ in range(2):
        write(lambda connection: current_alerts.save_changes(connection, ALERT_ROWS, [changes]))
    with lake.connect() as connection:
        for table in (ALERTS.name, REVISIONS.name):
            said = connection.sql(f"select alert_id, revision from lake.{table}").fetchall()
            assert said == [(changes.opened[0].alert_id, 1)]


def run_of(outcome: Literal["ran", "failed"], error: str | None = None) -> DetectorRun:
    return DetectorRun(
        detector=flash_crash.name,
        venue=None if error else "v",
        symbol=None if error else "BTC-USDT",
        trade_day=NOON.date(),
        outcome=outcome,
        reason=None,
        cells_judged=0 if error else 100,
        cells_insufficient=0,
        hit_count=0,
        expected_false_alerts=0.0,
        error=error,
        run_id="r",
        detected_at=NOON,
    )


def test_a_failure_stands_until_the_whole_day_is_judged_again() -> None:
    def said(window: Window, judgement: Judgement) -> tuple[str, list[str]]:
        save_judgements(connection, {flash_crash: judgement}, window)
        kept = connection.sql(f"select outcome from lake.{DETECTOR_RUNS.name} order by 1")
        (state,) = verdict_of(connection, DAY.days, [flash_crash]).detectors
        return state.state, [outcome for (outcome,) in kept.fetchall()]

    before, broken, after = (
        Window(NOON + timedelta(minutes=n), NOON + timedelta(minutes=n + 5)) for n in (0, 5, 10)
    )
    good = Judgement([], [run_of("ran")])
    bad = Judgement([], [run_of("failed", "Boom")], "Boom")
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as lake")
        connection.execute("create schema lake.alerts")
        connection.execute("create schema lake.ops")
        for table in (HITS, DETECTOR_RUNS):
            connection.execute(f"create table lake.{table.name} ({', '.join(table.columns)})")
        assert said(before, good) == ("ran", ["ran"])
        # the coverage of the cells that were judged stays
        assert said(broken, bad) == ("failed", ["failed", "ran"])
        assert said(broken, bad) == ("failed", ["failed", "ran"])
        assert said(after, good) == ("failed", ["failed", "ran"])
        assert said(DAY, good) == ("ran", ["ran"])
        assert said(DAY, bad) == ("failed", ["failed"])
