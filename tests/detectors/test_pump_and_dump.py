"""A pump hits where three surprises come together; the dump that follows confirms it."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from duckdb import DuckDBPyRelation

from assets.detection.hit_rows import hit_rows
from assets.detectors.trades.pump_and_dump import Params, pump_and_dump

Rows = list[dict[str, Any]]
MakeRelation = Callable[[Rows], DuckDBPyRelation]
NOON = datetime(2026, 3, 2, 12)


def cell(seconds: float = 0, **measured: Any) -> dict[str, Any]:
    """One 5-second cell of a symbol on which nothing happens."""
    start_at = NOON + timedelta(seconds=seconds)
    quiet = {
        "venue": "binance",
        "symbol": "AAA-BTC",
        "high": 100.0,
        "close": 100.0,
        "close_60s_before": 100.0,
        "rush_order_count_20s": 0,
        "rush_notional_60s": 0.0,
        "usd_per_quote": 2.0,
        "baseline_minutes": 1440,
        "usual_rush_orders_per_second": 0.001,
        "usual_notional_per_hour": 10.0,
        "volatility_1m": 0.002,
        "cell_start_at": start_at,
        "cell_end_at": start_at + timedelta(seconds=5),
    }
    return quiet | measured


def pump(seconds: float = 0, **measured: Any) -> dict[str, Any]:
    """A cell just above each threshold: 24 nats, 4.4 % in a minute, 1.1 usual hours."""
    just_enough = {
        "rush_order_count_20s": 6,
        "rush_notional_60s": 11.01,
        "close": 104.51,
        "high": 104.51,
    }
    return cell(seconds, **just_enough | measured)


def found(relation: DuckDBPyRelation, params: Params | None = None) -> Rows:
    detector = replace(pump_and_dump, params=params or Params())
    hits = hit_rows(detector, {"pump_inputs_5s": relation})
    rows = hits.order("cell_start_at, kind").fetchall()
    found = [dict(zip(hits.columns, row, strict=True)) for row in rows]
    return [row | {"evidence": json.loads(row["evidence"])} for row in found]


def test_it_hits_where_all_three_hold(relation: MakeRelation) -> None:
    (hit,) = found(relation([cell(-5), pump(), cell(5, close=104.0)]))

    assert hit["kind"] == "hit"
    assert hit["cell_start_at"] == NOON
    assert hit["statistic"] == pytest.approx(1, abs=0.01)
    assert hit["p_value"] < 1e-10
    assert (hit["notional"], hit["notional_usd"]) == (11.01, 22.02)


@pytest.mark.parametrize(
    "measured",
    [
        {"rush_order_count_20s": 5},
        {"close": 104.49},
        {"rush_notional_60s": 10.99},
        {"baseline_minutes": 119},
        {"close_60s_before": None},
        {"volatility_1m": 0.0041},
        {"usual_rush_orders_per_second": 0.003},
    ],
)
def test_it_is_silent_just_below_each_threshold(
    relation: MakeRelation, measured: dict[str, Any]
) -> None:
    # a second, quiet row keeps the column's type where the first holds a null
    assert found(relation([pump(**measured), cell(5)])) == []


@pytest.mark.parametrize(
    ("measured", "looser"),
    [
        ({"rush_order_count_20s": 5}, {"min_surprise_nats": 20}),
        ({"close": 104.49}, {"min_rise_volatilities": 10}),
        ({"close": 104.49}, {"min_volatility": 0.003}),
        ({"rush_notional_60s": 10.99}, {"min_rush_hours": 1.0}),
        ({"baseline_minutes": 119}, {"min_baseline_minutes": 60}),
    ],
)
def test_a_looser_threshold_raises_more(
    relation: MakeRelation, measured: dict[str, Any], looser: dict[str, Any]
) -> None:
    cells = relation([pump(-3600), pump(**measured)])

    assert len(found(cells)) == 1
    assert len(found(cells, Params(**looser))) == 2


def test_a_symbol_that_never_trades_like_this_needs_few_rush_orders(relation: MakeRelation) -> None:
    unheard_of = {"usual_rush_orders_per_second": 0.0, "usual_notional_per_hour": 0.0}

    assert len(found(relation([pump(rush_order_count_20s=3, **unheard_of)]))) == 1


def test_the_dump_is_the_first_cell_that_gives_back_half_of_the_rise(
    relation: MakeRelation,
) -> None:
    # 100 before the pump, 120 at the peak: half is given back at 110
    cells = [pump(), cell(300, high=120.0, close=118.0), cell(600, high=111.0, close=110.01)]
    cells += [cell(605, high=110.0, close=109.99), cell(610, high=105.0, close=104.0)]

    hit, dump = found(relation(cells))

    assert (hit["kind"], dump["kind"]) == ("hit", "confirmation")
    assert dump["cell_start_at"] == NOON + timedelta(seconds=605)
    assert dump["threshold"] == 0.5
    assert dump["statistic"] == pytest.approx(0.5005)
    evidence = dump["evidence"]
    assert (evidence["price_before"], evidence["peak_price"]) == (100, 120)
    assert evidence["minutes_after"] == pytest.approx(610 / 60)


@pytest.mark.parametrize(("seconds", "count"), [(3600, 1), (3605, 0)])
def test_a_dump_comes_within_an_hour_of_the_hit(
    relation: MakeRelation, seconds: int, count: int
) -> None:
    kinds = [row["kind"] for row in found(relation([pump(), cell(seconds, close=100.0)]))]

    assert kinds.count("confirmation") == count


def test_a_later_peak_does_not_undo_a_dump(relation: MakeRelation) -> None:
    known = [pump(), cell(60, high=120.0, close=119.0), cell(120, close=101.0, high=119.0)]
    later = [cell(180, high=200.0, close=200.0)]

    assert found(relation(known)) == found(relation(known + later))


def test_hits_of_one_episode_have_one_dump_from_the_price_before_the_first(
    relation: MakeRelation,
) -> None:
    second = pump(30, close=112.0, high=112.0, close_60s_before=104.0)
    cells = [pump(), second, cell(90, close=105.9, high=112.0)]

    *hits, dump = found(relation(cells))

    assert [hit["kind"] for hit in hits] == ["hit", "hit"]
    assert dump["evidence"]["price_before"] == 100
