"""Days of few rows in one step: the lake and Dagster's catalog hold what the assets would leave."""

from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from assets.lake.lake import Lake
from assets.lake.lock import LockTimeoutError
from assets.lake.locked_lake import locked
from assets.lake.settings import Settings, load_settings
from assets.lake.tables import columns_of
from assets.market.window import Window
from assets.transform import asset as transform
from orchestration import small_day
from orchestration.dagster_home import instance
from orchestration.day_run import Outcome, Request, run_path
from orchestration.definitions import definitions
from tests.orchestration.test_day_run import trade, write

pytestmark = [pytest.mark.slow, pytest.mark.path]

# which run wrote a row, when, and at which snapshot
STAMPS = {"run_id", "detected_at", "input_snapshot_id", "computed_at"}


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    """Three hours of a market with two bursts, on two days, and a row that is rejected."""
    rows = [trade(n, f"{100 + (n % 7) / 10}", minute=n % 60) for n in range(400)]
    rows += [trade(n, "140", minute=31).replace(",1.5,", ",900,") for n in range(400, 440)]
    later = [row.replace("2024-03-01", "2024-03-02").replace("t", "u", 1) for row in rows[:90]]
    return write(tmp_path / "trades.csv", *rows, *later, trade(900, price="-5"))


def run(home: Path, inputs: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Settings, Outcome]:
    monkeypatch.setenv("TAPEWATCH_HOME", str(home))
    settings = load_settings()
    return settings, run_path(settings, Request((inputs,)))


def contents(settings: Settings) -> dict[str, list[tuple[Any, ...]]]:
    lake = Lake(settings)
    with lake.connect() as connection:
        return {
            table: connection.execute(
                f"select {', '.join(c for c in columns if c not in STAMPS)} from lake.{table} "
                "order by all"
            ).fetchall()
            for table, columns in columns_of(connection).items()
        }


def catalog(settings: Settings) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """Partitions and row count of each asset, and what each check said last."""
    graph = definitions.resolve_asset_graph()
    with instance(settings) as dagster:
        last = {
            key: dagster.get_latest_materialization_event(key) for key in graph.get_all_asset_keys()
        }
        made = {
            key: (
                dagster.get_materialized_partitions(key),
                event.asset_materialization.metadata.get("dagster/row_count"),
            )
            for key, event in last.items()
            if event is not None and event.asset_materialization is not None
        }
        storage = dagster.event_log_storage
        records = storage.get_latest_asset_check_execution_by_key([*graph.asset_check_keys])
    evaluations = {key: record.evaluation for key, record in records.items()}
    checks = {
        key: (found.passed, found.severity, found.description)
        for key, found in evaluations.items()
        if found is not None
    }
    return made, checks


def test_lake_and_catalog_are_as_the_assets_leave_them(
    tmp_path: Path, inputs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small, of_small = run(tmp_path / "small", inputs, monkeypatch)
    monkeypatch.setattr(transform, "is_small", lambda *_: False)
    large, of_large = run(tmp_path / "large", inputs, monkeypatch)
    assert (of_small.succeeded, of_large.succeeded) == (True, True)
    assert (of_small.verdict, of_small.accounting) == (of_large.verdict, of_large.accounting)
    rows, wanted = contents(small), contents(large)
    assert rows.keys() == wanted.keys()
    assert [table for table in wanted if rows[table] != wanted[table]] == []
    assert rows["alerts.hits"]
    # two days know too few returns: each forecast says so, and nothing fails
    assert {str(row[-1])[:11] for row in rows["scores.value_at_risk"]} == {"not enough "}
    (made, checked), (wanted_made, wanted_checked) = catalog(small), catalog(large)
    assert made == wanted_made
    assert checked == wanted_checked
    assert made[dg.AssetKey(["alerts", "alerts"])][0] == {"2024-03-01", "2024-03-02"}
    assert len(checked) > 30


def test_a_stage_that_breaks_is_named_and_stops_what_follows(
    tmp_path: Path, inputs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    def broken(_: object) -> None:
        raise ValueError("no past is readable")

    monkeypatch.setattr(small_day, "join_days", broken)
    settings, outcome = run(tmp_path / "home", inputs, monkeypatch)
    assert not outcome.succeeded
    assert outcome.failures == ["alerts/alerts: ValueError: no past is readable"]
    assert outcome.reports == []
    shown = capsys.readouterr().err
    assert "alerts/alerts FAILED" in shown
    assert "reports/daily" not in shown
    assert contents(settings)["alerts.hits"]


def test_a_locked_lake_is_one_database_and_keeps_other_writers_out(settings: Settings) -> None:
    lake = Lake(settings)
    with locked(lake) as own, own.connect(read_only=False) as first:
        first.execute("create schema lake.s; create table lake.s.t (i integer)")
        with own.connect() as second:
            assert second.execute("select count(*) from lake.s.t").fetchall() == [(0,)]
        before = own.snapshot_id(first)
        first.execute("insert into lake.s.t values (1)")
        with own.connect(snapshot=before) as past:
            assert past.execute("select count(*) from lake.s.t").fetchall() == [(0,)]
        hasty = Lake(settings.model_copy(update={"lock_timeout_seconds": 0.1}))
        with own.lock(), pytest.raises(LockTimeoutError):
            hasty.create([])
    hasty.create([])


def test_days_of_many_rows_are_not_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    window = Window.of_day(date(2024, 3, 1))
    monkeypatch.setattr(transform, "stream_days", lambda _: {})
    for rows, expected in ((100_000, True), (100_001, False)):
        share = rows / transform.LANDED_ROWS_A_BUILD
        monkeypatch.setattr(transform, "landed_costs", lambda *_, share=share: {date.min: share})
        assert transform.is_small(Lake(load_settings(home=tmp_path)), window) is expected
