"""Market anomalies: what a model's p-values become, and in which words."""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from math import log
from pathlib import Path
from typing import Any

import duckdb
import pytest
from duckdb import DuckDBPyConnection

from assets.alerts.description import fill, names_in
from assets.anomaly.feature_words import MAX_CALIBRATION_WINDOWS
from assets.anomaly.features import FEATURE_NAMES
from assets.anomaly.scoring import score_window
from assets.anomaly.tables import ANOMALY
from assets.anomaly.training import TrainingPolicy, past_of, training_set_of
from assets.detection.coverage import judge_coverage
from assets.detection.detector import Detector
from assets.detection.hits import Hit, Stamps, find_hits
from assets.detectors.model.market_anomaly import Params, market_anomaly
from assets.lake.objects.object_store import LocalObjectStore
from assets.market.window import Window

STAMPS = Stamps(
    input_snapshot_id=1, code_version="test", run_id="test", detected_at=datetime(2026, 4, 1)
)
BUDGET = Params().false_alerts_per_symbol_day / 288
TODAY = datetime(2026, 3, 15, 14, 5)
INPUTS = "features.anomaly_inputs_5m"
# what the inputs hold beside the features
FIGURES = {
    "notional": 4_000.0,
    "notional_usd": 4_000.0,
    "trade_count": 40,
    "notional_center": log(4_000),
    "notional_scale": 0.2,
    "trade_count_center": log(42),
    "trade_count_scale": 0.2,
    "mean_trade_center": log(100),
    "mean_trade_scale": 0.2,
}


@pytest.fixture
def lake() -> Iterator[DuckDBPyConnection]:
    """Both inputs, empty."""
    with duckdb.connect(":memory:") as connection:
        connection.execute("attach ':memory:' as lake")
        connection.execute("create schema lake.features; create schema lake.scores")
        measured = ", ".join(
            f"{name} {'bigint' if name == 'trade_count' else 'double'}"
            for name in (*FIGURES, *FEATURE_NAMES)
        )
        connection.execute(
            f"create table lake.{INPUTS} (venue varchar, symbol varchar, {measured}, "
            "cell_start_at timestamp, cell_end_at timestamp, trade_day date)"
        )
        connection.execute(
            "create table lake.features.bars_1h (venue varchar, symbol varchar, "
            "notional double, buyer_trade_count bigint, seller_trade_count bigint, "
            "fill_count bigint, order_count bigint, largest_order_at timestamp, "
            "trade_day date, cell_start_at timestamp)"
        )
        connection.execute(f"create table lake.{ANOMALY.name} ({', '.join(ANOMALY.columns)})")
        connection.execute("create schema lake.ops")
        connection.execute(
            "create table lake.ops.completeness (venue varchar, symbol varchar, "
            "cell_start_at timestamp, trade_day date, is_covered boolean)"
        )
        yield connection


def add(connection: DuckDBPyConnection, table: str, start_at: datetime, **values: Any) -> None:
    row = values | {
        "venue": "test",
        "symbol": "AAA-USDT",
        "cell_start_at": start_at,
        "cell_end_at": start_at + timedelta(minutes=5),
        "trade_day": start_at.date(),
    }
    names = ", ".join(f"? as {name}" for name in row)
    connection.execute(f"insert into lake.{table} by name select {names}", list(row.values()))


def add_past(connection: DuckDBPyConnection) -> None:
    """Fourteen days of cells whose features run evenly from -2 to 2."""
    figures = ", ".join(f"{value} as {name}" for name, value in FIGURES.items())
    features = ", ".join(f"(place - 20) / 10 as {name}" for name in FEATURE_NAMES)
    connection.execute(
        f"""
        insert into lake.{INPUTS} by name
        select
            'test' as venue, 'AAA-USDT' as symbol, {figures}, {features},
            timestamp '2026-03-15' - to_days(day::integer) + to_minutes(5 * place)
                as cell_start_at,
            cell_start_at + interval 5 minutes as cell_end_at,
            cell_start_at::date as trade_day,
        from range(1, 15) as days (day)
        cross join range(41) as places (place)
        """
    )


def add_scored(connection: DuckDBPyConnection, p_value: float, **parts: float) -> None:
    """Today's cell: far more trades than usual, with the given contributions."""
    features = dict.fromkeys(FEATURE_NAMES, 0.0) | {"trade_count_z": log(214 / 42) / 0.2}
    add(connection, INPUTS, TODAY, **FIGURES | {"trade_count": 214} | features)
    add(
        connection, ANOMALY.name, TODAY, model_id="m", score=0.9, p_value=p_value,
        is_pooled=False, contributions=json.dumps(parts),
    )  # fmt: skip


TradesOf = Callable[[DuckDBPyConnection, Hit], list[dict[str, Any]]]


def hits(connection: DuckDBPyConnection, detector: Detector = market_anomaly) -> list[Hit]:
    return find_hits(connection, detector, Window.of_day(TODAY.date()), STAMPS)


@pytest.mark.parametrize(("p_value", "count"), [(BUDGET, 1), (BUDGET * 1.01, 0)])
def test_a_window_hits_at_the_budget_and_not_above(
    lake: DuckDBPyConnection, p_value: float, count: int
) -> None:
    add_past(lake)
    add_scored(lake, p_value, trade_count_z=60.0)

    assert len(hits(lake)) == count


@pytest.mark.parametrize(("share_of_budget", "count"), [(1.0, 1), (1.01, 0)])
def test_a_pooled_window_hits_at_its_own_budget(
    lake: DuckDBPyConnection, share_of_budget: float, count: int
) -> None:
    pooled_budget = Params().false_alerts_per_symbol_day_pooled / 288
    assert pooled_budget < BUDGET
    add_scored(lake, share_of_budget * pooled_budget, trade_count_z=60.0)
    lake.execute(f"update lake.{ANOMALY.name} set is_pooled = true")

    assert len(hits(lake)) == count


def test_a_window_without_a_score_is_no_hit_but_is_counted(lake: DuckDBPyConnection) -> None:
    add_past(lake)
    add_scored(lake, BUDGET, trade_count_z=60.0)
    lake.execute(
        f"update lake.{ANOMALY.name} set score = null, p_value = null, "
        "reason = 'insufficient history: 2 of 10 days'"
    )

    assert hits(lake) == []
    (run,) = judge_coverage(lake, market_anomaly, Window.of_day(TODAY.date()), [], STAMPS)
    assert (run.outcome, run.cells_insufficient) == ("insufficient", 1)


def test_an_alert_by_the_pooled_model_says_so_and_states_its_weaker_rate(
    lake: DuckDBPyConnection,
) -> None:
    add_scored(lake, 1e-5, trade_count_z=60.0)
    lake.execute(f"update lake.{ANOMALY.name} set is_pooled = true")

    (hit,) = hits(lake)
    evidence = json.loads(hit.evidence)
    way = market_anomaly.way_of(evidence)
    assert way is market_anomaly.fallback
    assert way.null_rate_per_symbol_day > market_anomaly.null_rate_per_symbol_day
    # of a first day there is no usual range to name
    assert fill(way.description, evidence) == (
        "Taken together, what was measured in these five minutes is unlike what all symbols of the "
        "last days show: farther from the usual than any five minutes of the days that it learned "
        "from. Most telling: trades 214. History is too short to tell what is usual for this "
        "symbol alone."
    )
    (run,) = judge_coverage(lake, market_anomaly, Window.of_day(TODAY.date()), [hit], STAMPS)
    assert (run.outcome, run.cells_judged) == ("ran", 1)
    assert run.expected_false_alerts == way.null_rate_per_symbol_day


def test_the_strongest_measures_are_told_beside_their_usual_range(
    lake: DuckDBPyConnection,
) -> None:
    add_past(lake)
    add_scored(lake, 1e-5, trade_count_z=60.0, flow_imbalance_5m=3.0, notional_z=-20.0)

    evidence = json.loads(hits(lake)[0].evidence)

    told = evidence["most_telling"].split("; ")
    # 42 trades times e^(-1.8 x 0.2) and e^(1.8 x 0.2): the middle nine tenths of the past
    assert told[0] == "trades 214 against the usual 29.3 to 60.2"
    assert told[1].startswith("buyers' less sellers' money 0 % against the usual -180 to 180")
    # what lowered the distance is no ground for an alert
    assert len(told) == 2
    assert evidence["contributions"]["notional_z"] == -20.0


def test_at_most_five_measures_are_told(lake: DuckDBPyConnection) -> None:
    add_past(lake)
    add_scored(lake, 1e-5, **{name: float(n + 1) for n, name in enumerate(FEATURE_NAMES)})

    told = json.loads(hits(lake)[0].evidence)["most_telling"].split("; ")

    assert len(told) == 5
    assert told[0].startswith("fills an order")


@pytest.mark.slow
def test_the_usual_range_is_of_the_fourteen_days_before(lake: DuckDBPyConnection) -> None:
    add_past(lake)
    add_scored(lake, 1e-5, trade_count_z=60.0)
    before = hits(lake)
    wild = FIGURES | dict.fromkeys(FEATURE_NAMES, 1e3)
    for start_at in (TODAY - timedelta(minutes=5), TODAY + timedelta(minutes=5)):
        add(lake, INPUTS, start_at, **wild)
    add(lake, INPUTS, datetime(2026, 2, 28, 23, 55), **wild)

    assert hits(lake) == before


def test_the_description_asks_for_what_was_measured(lake: DuckDBPyConnection) -> None:
    add_past(lake)
    add_scored(lake, 1e-5, trade_count_z=60.0)

    evidence = json.loads(hits(lake)[0].evidence)

    assert names_in(market_anomaly.description) <= set(evidence)


@pytest.mark.parametrize(
    ("p_value", "said"),
    [
        (1e-5, "farther from the usual than any five minutes of the days that it learned from"),
        (1 / 1730, "farther from the usual than any five minutes"),
        (1 / 1728, "about one in 1,728 stretches of five minutes is as unusual"),
    ],
)
def test_what_no_calibration_can_count_is_not_told_as_a_measurement(
    lake: DuckDBPyConnection, p_value: float, said: str
) -> None:
    add_past(lake)
    add_scored(lake, p_value, trade_count_z=60.0)
    generous = replace(market_anomaly, params=Params(false_alerts_per_symbol_day=1))

    description = fill(market_anomaly.description, json.loads(hits(lake, generous)[0].evidence))

    assert said in description
    assert ("farther" in said) == ("about one in" not in description)


def test_no_model_calibrates_on_more_windows_than_the_words_say(lake: DuckDBPyConnection) -> None:
    add_past(lake)
    eager = TrainingPolicy(min_fit_windows=1, min_calibration_windows=1)

    days = {
        len(set(training_set_of(past_of(lake, day, eager), day, eager).calibration.days))
        for day in (TODAY.date() - timedelta(days=late) for late in range(5))
    }

    assert max(days) * 288 == MAX_CALIBRATION_WINDOWS


@pytest.mark.slow
def test_a_larger_budget_finds_more(lake: DuckDBPyConnection) -> None:
    add_past(lake)
    add_scored(lake, 2 * BUDGET, trade_count_z=60.0)
    generous = replace(market_anomaly, params=Params(false_alerts_per_symbol_day=0.2))

    assert hits(lake) == []
    assert len(hits(lake, generous)) == 1


@pytest.fixture(scope="module")
def scored_market(
    abused_market: DuckDBPyConnection, last_day: Window, tmp_path_factory: pytest.TempPathFactory
) -> DuckDBPyConnection:
    """The market with one abuse of each kind, its last day scored by the model of its past."""
    abused_market.execute("create schema if not exists lake.scores")
    columns = ", ".join(ANOMALY.columns)
    abused_market.execute(f"create or replace table lake.{ANOMALY.name} ({columns})")
    score_window(abused_market, last_day, LocalObjectStore(tmp_path_factory.mktemp("objects")))
    return abused_market


@pytest.mark.slow
def test_planted_abuse_is_odd(scored_market: DuckDBPyConnection, last_day: Window) -> None:
    found = find_hits(scored_market, market_anomaly, last_day, STAMPS)

    # pump, crash, large order, burst, wash ring
    assert {6, 10, 13, 16, 19} <= {hit.cell_start_at.hour for hit in found}
    assert {hit.symbol for hit in found} == {"AAA-USDT"}


@pytest.mark.slow
def test_it_could_judge_the_day(scored_market: DuckDBPyConnection, last_day: Window) -> None:
    runs = judge_coverage(scored_market, market_anomaly, last_day, [], STAMPS)

    assert {run.symbol: run.outcome for run in runs} == {"AAA-USDT": "ran", "BBB-USDT": "ran"}


@pytest.mark.slow
def test_its_evidence_leads_to_the_trades_of_the_window(
    scored_market: DuckDBPyConnection, last_day: Window, trades_of: TradesOf
) -> None:
    for hit in find_hits(scored_market, market_anomaly, last_day, STAMPS):
        evidence = json.loads(hit.evidence)
        trades = trades_of(scored_market, hit)
        assert len(trades) == evidence["trade_count"]
        assert sum(trade["notional"] for trade in trades) == pytest.approx(hit.notional)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.proof)])
def test_a_day_in_pieces_in_any_order_gives_the_same_scores_and_hits(
    scored_market: DuckDBPyConnection, last_day: Window, seed: int, tmp_path: Path
) -> None:
    whole = find_hits(scored_market, market_anomaly, last_day, STAMPS)
    draw = random.Random(seed)
    minutes = sorted({0, 1440, *(draw.randrange(1, 1440) for _ in range(4))})
    bounds = [last_day.start_at + timedelta(minutes=n) for n in minutes]
    windows = [Window(*pair) for pair in pairwise(bounds)]
    draw.shuffle(windows)

    parts: list[Hit] = []
    for window in windows:
        score_window(scored_market, window, LocalObjectStore(tmp_path))
        parts += find_hits(scored_market, market_anomaly, window, STAMPS)

    assert sorted(map(repr, parts)) == sorted(map(repr, whole))
