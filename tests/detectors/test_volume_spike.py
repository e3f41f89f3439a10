"""Volume spikes: a burst, a few large prints, and what lies between them or has no baseline."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from math import exp, log
from typing import Any

import duckdb
import pytest
from duckdb import DuckDBPyConnection, DuckDBPyRelation

from assets.detection.detector import Detector
from assets.detectors.trades.volume_spike import Params, volume_spike

START_AT = datetime(2026, 3, 2, 12)
CELL = timedelta(minutes=5)
# median absolute deviations of 1 / 1.4826: a score is a difference of logarithms
UNIT = 1 / 1.4826
USUAL = {
    "notional": 1_000.0,
    "trade_count": 100,
    "time_of_day_cell_count": 98,
    "time_of_day_day_count": 14,
    "time_of_day_log_notional_median": log(1_000.0),
    "time_of_day_log_notional_mad": UNIT,
    "time_of_day_log_trade_count_median": log(100),
    "time_of_day_log_trade_count_mad": UNIT,
    "time_of_day_trade_count_mean": 100.0,
    "trailing_cell_count": 288,
    "trailing_log_notional_median": log(1_000.0),
    "trailing_log_notional_mad": UNIT,
    "trailing_log_trade_count_median": log(100),
    "trailing_log_trade_count_mad": UNIT,
    "trailing_trade_count_mean": 100.0,
}
ONLY_TRAILING = {"time_of_day_day_count": 9, "time_of_day_cell_count": 63}
MANY_ALIKE = {
    "time_of_day_log_notional_mad": 0.0,
    "time_of_day_log_trade_count_median": log(10_000),
    "time_of_day_trade_count_mean": 10_000.0,
}
# each cell has one trade of 25, now and then two
ONE_TRADE = {
    "time_of_day_log_notional_median": log(25.0),
    "time_of_day_log_notional_mad": 0.0,
    "time_of_day_log_trade_count_median": 0.0,
    "time_of_day_log_trade_count_mad": 0.0,
    "time_of_day_trade_count_mean": 1.2,
}
NO_BASELINE = ONLY_TRAILING | {"trailing_cell_count": 11}

Cells = Callable[..., DuckDBPyRelation]


def times(notional_score: float, count_score: float, **changes: Any) -> dict[str, Any]:
    """A cell that lies so many scores above what is usual."""
    far = {
        "notional": 1_000.0 * exp(notional_score),
        "trade_count": max(1, round(100 * exp(count_score))),
    }
    return USUAL | far | changes


@pytest.fixture
def cells() -> Cells:
    """Make rows of volume_baselines_5m from the cells given, one after the other."""
    connection = duckdb.connect()

    def make(*rows: dict[str, Any]) -> DuckDBPyRelation:
        columns = ", ".join(f"{name} double" for name in USUAL if not name.endswith("_count"))
        counts = ", ".join(f"{name} bigint" for name in USUAL if name.endswith("_count"))
        connection.execute(
            f"""
            create or replace table made (
                venue varchar, symbol varchar, {columns}, {counts}, notional_usd double,
                trades_per_day double, span_days integer,
                cell_start_at timestamp, cell_end_at timestamp, trade_day date
            )
            """
        )
        for place, row in enumerate(rows):
            start_at = START_AT + place * CELL
            whole = {"venue": "test", "symbol": "A", "span_days": 14} | row
            whole |= {"cell_start_at": start_at, "cell_end_at": start_at + CELL}
            names, marks = ", ".join(whole), ", ".join("?" * len(whole))
            connection.execute(f"insert into made ({names}) values ({marks})", list(whole.values()))
        return connection.table("made")

    return make


def under(**thresholds: float) -> Detector:
    return replace(volume_spike, params=Params(**thresholds))  # type: ignore[arg-type]


def found(detector: Detector, cells: DuckDBPyRelation) -> list[int]:
    """The places of the cells that hit."""
    starts = detector(cells).project("cell_start_at").order("1").fetchall()
    return [(start_at - START_AT) // CELL for (start_at,) in starts]


def evidence(cells: DuckDBPyRelation, detector: Detector = volume_spike) -> list[dict[str, Any]]:
    hits = detector(cells).order("cell_start_at").project("evidence::json::varchar")
    return [json.loads(text) for (text,) in hits.fetchall()]


def test_it_fires_on_a_burst_and_on_a_few_large_prints(cells: Cells) -> None:
    burst, prints = evidence(cells(times(6.5, 3.5), times(6.5, 0.5)))

    assert (burst["branch"], prints["branch"]) == ("burst", "few_large_prints")
    assert burst["notional_score"] == pytest.approx(6.5)
    assert burst["count_score"] == pytest.approx(3.5, abs=0.01)
    assert burst["times_usual"] == pytest.approx(exp(6.5))
    assert burst["usual_notional"] == pytest.approx(1_000)
    assert (burst["baseline_cells"], burst["baseline_days"]) == (98, 14)


@pytest.mark.slow
def test_it_fires_on_the_burst_of_an_abused_market(
    abused_market: DuckDBPyConnection, midnight: datetime
) -> None:
    hits = volume_spike(abused_market.table("lake.features.volume_baselines_5m"))

    found = hits.project("cell_start_at, evidence.branch").fetchall()

    assert (midnight + timedelta(hours=16), "burst") in found


def test_a_busy_market_between_the_two_branches_is_none(cells: Cells) -> None:
    assert found(volume_spike, cells(times(9, 1.5), times(9, 2.9))) == []


@pytest.mark.parametrize(
    ("at", "below"),
    [
        pytest.param(times(6.01, 4), times(5.99, 4), id="notional by time of day"),
        pytest.param(
            times(4.31, 4, **ONLY_TRAILING), times(4.29, 4, **ONLY_TRAILING), id="both trailing"
        ),
        pytest.param(
            times(3.51, 6, **ONLY_TRAILING), times(3.49, 6, **ONLY_TRAILING), id="notional trailing"
        ),
        pytest.param(
            times(9, 2.21, **ONLY_TRAILING), times(9, 2.19, **ONLY_TRAILING), id="trades trailing"
        ),
        pytest.param(
            times(9, 4, **ONLY_TRAILING | {"trailing_trade_count_mean": 5.0}),
            times(9, 4, **ONLY_TRAILING | {"trailing_trade_count_mean": 4.99}),
            id="mean trades trailing",
        ),
        pytest.param(times(7, 3.01), times(7, 2.99), id="many trades"),
        pytest.param(times(7, 0.99), times(7, 1.01), id="usual number of trades"),
        pytest.param(
            # the fallback finds bursts alone
            times(6.5, 0.5, time_of_day_day_count=10),
            times(6.5, 0.5, time_of_day_day_count=9),
            id="days",
        ),
        pytest.param(
            times(6.5, 0.5, time_of_day_cell_count=20),
            times(6.5, 0.5, time_of_day_cell_count=19),
            id="cells",
        ),
        pytest.param(
            times(9, 4, **NO_BASELINE | {"trailing_cell_count": 12}),
            times(9, 4, **NO_BASELINE),
            id="trailing cells",
        ),
        pytest.param(
            times(6 * 1.4826 * 0.0501, 4, **MANY_ALIKE),
            times(6 * 1.4826 * 0.0499, 4, **MANY_ALIKE),
            id="floor of the deviation",
        ),
    ],
)
def test_it_is_silent_just_below_each_threshold(
    cells: Cells, at: dict[str, Any], below: dict[str, Any]
) -> None:
    assert found(volume_spike, cells(at, below)) == [0]


@pytest.mark.parametrize(
    "looser",
    [
        {"min_notional_score": 5.0},
        {"min_scores_trailing": 7.7},
        {"min_notional_score_trailing": 3.0},
        {"min_count_score_trailing": 2.0},
        {"min_trades_trailing": 4.0},
        {"min_count_score": 2.0},
        {"max_count_score": 1.5},
        {"mad_floor": 0.01},
        {"min_days": 5},
        {"min_cells": 10},
        {"min_cells_trailing": 10},
    ],
)
def test_a_looser_threshold_raises_more(cells: Cells, looser: dict[str, float]) -> None:
    """Each threshold alone holds one of these cells back."""
    tape = cells(
        times(7, 4),
        times(5.5, 4),
        times(3.8, 4, **ONLY_TRAILING),
        times(3.2, 6, **ONLY_TRAILING),
        times(7, 2.1, **ONLY_TRAILING),
        times(7, 4, **ONLY_TRAILING | {"trailing_trade_count_mean": 4.5}),
        times(7, 2.5),
        times(7, 1.2),
        times(0.3, 4, **MANY_ALIKE | {"time_of_day_log_notional_mad": 0.02}),
        times(6.5, 0.5, time_of_day_day_count=8),
        times(6.5, 0.5, time_of_day_cell_count=15),
        times(9, 4, **NO_BASELINE),
    )

    strict, loose = found(volume_spike, tape), found(under(**looser), tape)

    assert set(strict) < set(loose)


@pytest.mark.parametrize(
    ("notional", "trade_count", "branch"),
    [
        pytest.param(50.0, 2, None, id="one trade more"),
        pytest.param(150.0, 6, None, id="as many as chance gives in a year"),
        pytest.param(325.0, 13, "burst", id="more than chance gives"),
        pytest.param(40.0, 1, None, id="a size that was not seen before"),
        pytest.param(400.0, 1, "few_large_prints", id="a print of many usual sizes"),
    ],
)
def test_where_all_cells_are_alike_trades_are_counted(
    cells: Cells, notional: float, trade_count: int, branch: str | None
) -> None:
    cell = USUAL | ONE_TRADE | {"notional": notional, "trade_count": trade_count}

    found = evidence(cells(cell))

    assert [one["branch"] for one in found] == ([] if branch is None else [branch])


def test_the_fallback_says_what_it_was_measured_against(cells: Cells) -> None:
    by_day, trailing = evidence(cells(times(8, 4), times(8, 4, **ONLY_TRAILING)))
    ways = volume_spike(cells(times(8, 4), times(8, 4, **ONLY_TRAILING)))

    assert ways.order("cell_start_at").project("by_fallback").fetchall() == [(False,), (True,)]
    assert by_day["baseline"] == "the same time of day"
    assert trailing["baseline"] == "the 24 hours before"
    assert (trailing["baseline_cells"], trailing["baseline_days"]) == (288, 1)


def test_a_cell_without_a_baseline_is_not_judged(cells: Cells) -> None:
    seen = cells(USUAL, USUAL | ONLY_TRAILING, USUAL | NO_BASELINE)

    assert len(seen.filter(volume_spike.judgeable_predicate).fetchall()) == 1
    assert len(seen.filter(volume_spike.fallback_predicate).fetchall()) == 1


def test_a_symbol_without_any_past_is_not_judged_either(cells: Cells) -> None:
    no_past = {name: 0 if name.endswith("_count") else None for name in USUAL if "log" in name} | {
        "time_of_day_day_count": 0,
        "time_of_day_cell_count": 0,
        "trailing_cell_count": 0,
    }

    assert found(volume_spike, cells(times(12, 5) | no_past)) == []


@pytest.mark.slow
def test_a_large_print_holds_a_twentieth_of_the_cell(
    abused_market: DuckDBPyConnection, midnight: datetime
) -> None:
    table = abused_market.table("lake.features.volume_baselines_5m")
    end_at = midnight + timedelta(hours=13, minutes=10)
    # the order is filled five times where four trades are usual: two scores above them
    lenient = under(max_count_score=2.9)
    (measured,) = evidence(table.filter(f"cell_end_at = timestamp '{end_at}'"), lenient)

    large = abused_market.execute(
        "select count(*), sum(notional)::double from lake.core.trades "
        "where symbol = 'AAA-USDT' and traded_at >= $1 and traded_at < $2 and notional >= $3",
        [end_at - CELL, end_at, measured["least_large_print"]],
    )
    # five fills of one order of a million, planted in a quiet cell
    assert measured["branch"] == "few_large_prints"
    assert large.fetchall() == [(5, pytest.approx(1e6, rel=0.01))]


def test_a_cell_is_judged_alike_whatever_stands_beside_it(cells: Cells) -> None:
    table = cells(times(7, 4), times(5, 4), times(8, 0))
    whole = volume_spike(table).order("cell_start_at").fetchall()

    backwards = volume_spike(table.order("cell_start_at desc")).order("cell_start_at").fetchall()
    alone = volume_spike(table.filter(f"cell_start_at = timestamp '{START_AT}'")).fetchall()

    assert backwards == whole
    assert alone == whole[:1]
