"""Many buys of one fill each lift the price: what sweeps cannot show is found without them."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from duckdb import DuckDBPyRelation

from assets.detection.hit_rows import hit_rows
from assets.detectors.trades.slow_pump import Params, slow_pump

Rows = list[dict[str, Any]]
MakeRelation = Callable[[Rows], DuckDBPyRelation]
NOON = datetime(2026, 3, 2, 12)


def cell(seconds: float = 0, **measured: Any) -> dict[str, Any]:
    """A 5-second cell of a quiet market: one order to buy in a minute is usual."""
    start_at = NOON + timedelta(seconds=seconds)
    level = {
        "venue": "binance",
        "symbol": "AAA-USDT",
        "high": 100.0,
        "close": 100.0,
        "close_3m_before": 100.0,
        "buyer_order_count_3m": 3,
        "buyer_notional_3m": 100.0,
        "rush_notional_3m": 0.0,
        "notional_3m": 200.0,
        "usd_per_quote": 1.0,
        "baseline_minutes": 1440,
        "usual_buyer_orders_per_second": 1 / 60,
        "usual_notional_per_hour": 10_000.0,
        "volatility_1m": 0.001,
        "cell_start_at": start_at,
        "cell_end_at": start_at + timedelta(seconds=5),
    }
    return level | measured


def pump(seconds: float = 0, **measured: Any) -> dict[str, Any]:
    """Up 12 % within three minutes by 400 buys."""
    usual = {
        "high": 112.0,
        "close": 112.0,
        "buyer_order_count_3m": 400,
        "buyer_notional_3m": 8_000.0,
        "notional_3m": 10_000.0,
    }
    return cell(seconds, **usual | measured)


def found(make: MakeRelation, cells: Rows, **thresholds: Any) -> Rows:
    hits = hit_rows(
        replace(slow_pump, params=Params(**thresholds)),
        {"pump_inputs_5s": make([cell(-7200), *cells])},
    )
    rows = hits.order("cell_start_at, kind").fetchall()
    named = [dict(zip(hits.columns, row, strict=True)) for row in rows]
    return [row | {"evidence": json.loads(row["evidence"])} for row in named]


def test_four_hundred_buys_of_one_fill_hit(relation: MakeRelation) -> None:
    (hit,) = found(relation, [pump()])

    assert hit["evidence"]["rise"] == pytest.approx(0.12)
    assert hit["evidence"]["buyer_share"] == pytest.approx(0.8)
    assert hit["evidence"]["buyer_hours"] == pytest.approx(0.8)
    assert hit["evidence"]["trades"]["side"] == "buyer"
    assert hit["notional"] == 8_000


@pytest.mark.parametrize(
    ("weaker", "looser"),
    [
        ({"close": 105.0}, {"min_rise": 0.04}),
        ({"close": 105.5, "volatility_1m": 0.004}, {"min_rise_volatilities": 12}),
        ({"buyer_order_count_3m": 14}, {"min_surprise_nats": 8}),
        ({"buyer_notional_3m": 2_900.0, "notional_3m": 3_000.0}, {"min_buyer_hours": 0.2}),
        ({"notional_3m": 15_000.0}, {"min_buyer_share": 0.5}),
        ({"rush_notional_3m": 4_100.0}, {"max_rush_share": 0.6}),
        ({"baseline_minutes": 119}, {"min_baseline_minutes": 60}),
    ],
)
def test_it_is_silent_below_each_threshold_and_a_looser_one_raises_more(
    relation: MakeRelation, weaker: dict[str, Any], looser: dict[str, Any]
) -> None:
    assert found(relation, [pump(**weaker)]) == []
    assert len(found(relation, [pump(**weaker)], **looser)) == 1


@pytest.mark.parametrize(("seconds", "count"), [(3600, 1), (3605, 0)])
def test_the_dump_comes_within_an_hour(relation: MakeRelation, seconds: int, count: int) -> None:
    kinds = [row["kind"] for row in found(relation, [pump(), cell(seconds, close=105.0)])]

    assert kinds.count("confirmation") == count


def test_a_fall_is_no_pump(relation: MakeRelation) -> None:
    assert found(relation, [pump(close=88.0)]) == []
