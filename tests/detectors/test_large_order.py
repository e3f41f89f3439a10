"""An order hits by the tail of the symbol's own orders, fitted on hours before it."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from duckdb import DuckDBPyRelation

from assets.detection.hit_rows import hit_rows
from assets.detectors.trades.large_order import Params, large_order
from assets.market.window import Window
from assets.transform.build import compute, scratch_lake
from assets.transform.compiled_models import models

Rows = list[dict[str, Any]]
MakeRelation = Callable[[Rows], DuckDBPyRelation]
NOON = datetime(2026, 3, 2, 12)
# 100 seconds a day reach 1,000; with an exponent of 2, 0.02 a day reach 1,000 * sqrt(5,000)
TAIL_START, RARE = 1_000.0, 70_710.7
# the fallback for short history out of the way
NO_FLOOR = {"floor_usd_of_others": 1e12}


def order(notional: float, minutes: float = 30, **measured: Any) -> dict[str, Any]:
    """A second whose largest order is this large."""
    start_at = NOON + timedelta(minutes=minutes)
    second = {
        "venue": "binance",
        "symbol": "AAA-USDT",
        "notional": notional,
        "notional_usd": notional,
        "order_count": 3,
        "largest_order_notional": notional,
        "largest_order_side": "seller",
        "largest_order_at": start_at,
        "cell_start_at": start_at,
        "cell_end_at": start_at + timedelta(seconds=1),
        "trade_day": start_at.date(),
    }
    return second | measured


def tail(**measured: Any) -> dict[str, Any]:
    """The tail of ten days of 10,000 seconds, at noon."""
    fitted = {
        "venue": "binance",
        "symbol": "AAA-USDT",
        "second_count": 100_000,
        "tail_count": 1_000,
        "tail_start_notional": TAIL_START,
        "largest_notional": 9_000.0,
        "tail_exponent": 2.0,
        "covered_days": 10.0,
        "median_notional_5m": 1_000.0,
        "usd_per_quote": 1.0,
        "cell_start_at": NOON - timedelta(hours=1),
        "cell_end_at": NOON,
        "trade_day": NOON.date(),
    }
    fitted |= measured
    return {"usual_largest_notional": fitted["largest_notional"]} | fitted


def found(
    make: MakeRelation, orders: Rows, fitted: dict[str, Any] | None = None, **thresholds: Any
) -> Rows:
    params = Params(**{"exponent_errors": 0} | thresholds)
    inputs = {"order_size_tails_1h": make([fitted or tail()]), "bars_1s": make(orders)}
    hits = hit_rows(replace(large_order, params=params), inputs)
    rows = hits.order("cell_start_at, kind").fetchall()
    found = [dict(zip(hits.columns, row, strict=True)) for row in rows]
    return [row | {"evidence": json.loads(row["evidence"])} for row in found]


def test_it_hits_on_a_size_that_the_tail_leads_to_once_in_fifty_days(
    relation: MakeRelation,
) -> None:
    (hit,) = found(relation, [order(RARE + 1), order(RARE - 1, minutes=40)])

    assert hit["statistic"] == RARE + 1
    assert hit["threshold"] == pytest.approx(RARE, rel=1e-5)
    assert hit["evidence"]["expected_per_day"] == pytest.approx(0.02, rel=1e-4)
    assert hit["evidence"]["expected_days"] == pytest.approx(50, rel=1e-4)
    assert hit["p_value"] == pytest.approx(0.02 / 10_000, rel=1e-4)
    assert hit["evidence"]["side"] == "sell"
    assert hit["evidence"]["trades"]["side"] == "seller"


@pytest.mark.parametrize(
    "fitted",
    [
        {"second_count": 1_999},
        {"tail_exponent": 1.99},
        {"covered_days": 9.9},
        {"median_notional_5m": 58_940.0},
    ],
)
def test_it_is_silent_just_below_each_threshold(
    relation: MakeRelation, fitted: dict[str, Any]
) -> None:
    assert len(found(relation, [order(RARE + 1)])) == 1
    assert found(relation, [order(RARE + 1)], tail(**fitted), **NO_FLOOR) == []


def test_an_order_many_times_the_largest_of_days_hits_whatever_the_tail_says(
    relation: MakeRelation,
) -> None:
    heavy = {"tail_exponent": 1.01, "largest_notional": 5_000.0}
    (hit,) = found(relation, [order(60_001)], tail(**heavy))
    assert (hit["statistic"], hit["threshold"]) == (60_001, 60_000)
    assert not hit["evidence"]["by_fallback"]
    assert hit["evidence"]["orders_before"] == "5,000, which it exceeds 12 times"
    assert found(relation, [order(59_999)], tail(**heavy)) == []
    # of less than three days the largest order says little
    young = tail(**heavy | {"covered_days": 2.9})
    assert found(relation, [order(60_001)], young) == []


def test_one_order_that_stood_out_does_not_hide_the_next(relation: MakeRelation) -> None:
    masked = tail(tail_exponent=1.01, largest_notional=30_000.0, usual_largest_notional=5_000.0)
    (hit,) = found(relation, [order(60_001)], masked)
    assert hit["threshold"] == 60_000
    assert hit["evidence"]["orders_before"] == "30,000, which it exceeds 2 times"


def test_the_largest_order_before_may_be_of_the_same_hour(relation: MakeRelation) -> None:
    orders = [order(60_001, minutes=20), order(60_002, minutes=40)]
    hits = found(relation, orders, tail(tail_exponent=1.01, largest_notional=5_000.0))
    assert [hit["statistic"] for hit in hits] == [60_001]


SHORT = {"second_count": 1_999, "median_notional_5m": None, "largest_notional": None}


@pytest.mark.parametrize(
    ("symbol", "floor"),
    [("BTC-USDT", 500_000), ("ETH-USDC", 250_000), ("SOL-USDT", 100_000), ("DOT-USDT", 75_000),
     ("AAA-USDT", 50_000), ("BTC-USDC:USDC", 500_000)],
)  # fmt: skip
def test_short_history_is_judged_by_a_floor_in_dollars(
    relation: MakeRelation, symbol: str, floor: float
) -> None:
    orders = [order(floor + 1, symbol=symbol), order(floor - 1, minutes=20, symbol=symbol)]
    (hit,) = found(relation, orders, tail(symbol=symbol, **SHORT), min_times_largest_of_short=1)
    assert (hit["statistic"], hit["threshold"]) == (floor + 1, floor)
    assert hit["evidence"]["by_fallback"]


def test_the_floor_is_in_dollars_and_not_in_the_quote(relation: MakeRelation) -> None:
    in_euro = {"symbol": "AAA-EUR", "notional_usd": 1.1 * 46_000}
    (hit,) = found(relation, [order(46_000, **in_euro)], tail(symbol="AAA-EUR", **SHORT))
    assert hit["notional_usd"] == pytest.approx(50_600)
    assert hit["threshold"] == pytest.approx(50_000 / 1.1)
    unknown = order(1e9, symbol="AAA-BTC", notional_usd=None)
    assert found(relation, [unknown], tail(symbol="AAA-BTC", **SHORT)) == []


@pytest.mark.parametrize(
    "before",
    [
        pytest.param({"median_notional_5m": 50_010 / 1.2}, id="a tenth of a usual hour"),
        pytest.param({"largest_notional": 50_010 / 25}, id="the orders of the hours before"),
    ],
)
def test_with_short_history_it_must_stand_out_too(
    relation: MakeRelation, before: dict[str, Any]
) -> None:
    short = tail(**SHORT | before)
    assert found(relation, [order(50_009)], short) == []
    assert len(found(relation, [order(50_011)], short)) == 1


def test_with_short_history_it_must_stand_out_of_its_own_hour(relation: MakeRelation) -> None:
    before, later = order(5_001, minutes=1), order(80_000, minutes=40)
    of_last_hour = order(5_001, minutes=-1)
    judged = order(50_009)
    assert found(relation, [judged, before], tail(**SHORT)) == []
    assert len(found(relation, [judged, of_last_hour], tail(**SHORT))) == 1
    assert [hit["statistic"] for hit in found(relation, [judged, later], tail(**SHORT))] == [50_009]


def test_the_very_first_order_is_judged_by_the_floor_alone(relation: MakeRelation) -> None:
    first = order(50_001, minutes=-60)
    (hit,) = found(relation, [first])
    assert hit["evidence"]["orders_before"] == "none is known"


def test_it_takes_the_tail_to_be_heavier_than_fitted(relation: MakeRelation) -> None:
    assert found(relation, [order(RARE + 1)], exponent_errors=1) == []


@pytest.mark.parametrize(
    ("fitted", "looser"),
    [
        ({"second_count": 1_999}, {"min_seconds": 1_000}),
        ({"tail_exponent": 1.99}, {"max_expected_per_day": 0.03}),
        ({"median_notional_5m": 58_940.0}, {"min_share_of_usual_hour": 0.09}),
    ],
)
def test_a_looser_threshold_raises_more(
    relation: MakeRelation, fitted: dict[str, Any], looser: dict[str, Any]
) -> None:
    assert found(relation, [order(RARE + 1)], tail(**fitted), **NO_FLOOR) == []
    assert len(found(relation, [order(RARE + 1)], tail(**fitted), **NO_FLOOR | looser)) == 1


def test_an_order_is_judged_by_the_last_full_hour_only(relation: MakeRelation) -> None:
    orders = [order(10 * RARE, minutes=minutes) for minutes in (-1, 0, 59, 60)]

    hours = [hit["cell_start_at"] for hit in found(relation, orders, **NO_FLOOR)]
    assert hours == [NOON, NOON + timedelta(minutes=59)]


def test_an_unknown_side_is_said_to_be_unknown(relation: MakeRelation) -> None:
    unsigned = [order(RARE + 1, largest_order_side=None), order(1.0)]

    (hit,) = found(relation, unsigned)
    assert hit["evidence"]["side"] == "unknown"
    assert hit["evidence"]["trades"]["side"] == "unknown"


def test_the_fitted_exponent_is_that_of_the_tail(dbt_root: Path) -> None:
    sizes = 10.0 * np.random.default_rng(1).pareto(1.5, 20_000) + 10.0
    days = Window(NOON - timedelta(hours=12), NOON + timedelta(hours=12))
    at = np.datetime64(days.start_at, "us") + np.arange(20_000) * np.timedelta64(4, "s")
    chosen = [m for m in models(dbt_root) if m.name in {"order_sizes_1h", "order_size_tails_1h"}]
    with scratch_lake(dbt_root) as connection:
        bars = pa.table({"largest_order_notional": sizes, "cell_start_at": at})
        connection.register("bars", bars)
        connection.execute(
            "insert into lake.features.bars_1s by name select *, 'binance' as venue, "
            "'AAA-USDT' as symbol, cell_start_at::date as trade_day from bars"
        )
        compute(connection, days, chosen)
        rows = connection.execute(
            "select tail_exponent, tail_count, second_count, covered_days "
            "from lake.features.order_size_tails_1h order by cell_start_at"
        ).fetchall()

    assert len(rows) == 24
    exponent, in_tail, seconds, covered_days = rows[-1]
    assert exponent == pytest.approx(1.5, abs=3 * 1.5 / in_tail**0.5)
    assert (seconds, covered_days) == (20_000, pytest.approx(23 / 24, abs=0.05))
    assert 200 <= in_tail <= 260
