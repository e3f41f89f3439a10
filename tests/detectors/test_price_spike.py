"""A price that leaves at once hits, up or down; its way back and slower moves do not."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from duckdb import DuckDBPyRelation

from assets.detection.hit_rows import hit_rows
from assets.detectors.trades.price_spike import Params, price_spike

Rows = list[dict[str, Any]]
MakeRelation = Callable[[Rows], DuckDBPyRelation]
NOON = datetime(2026, 3, 2, 12)


def cell(**measured: Any) -> dict[str, Any]:
    """A 5-second cell in which the price stays at 100."""
    level = {
        "venue": "binance",
        "symbol": "AAA-USDT",
        "rise": 0.0,
        "price_after_rise": 100.0,
        "fall": 0.0,
        "price_after_fall": 100.0,
        "high_before": 100.0,
        "low_before": 100.0,
        "notional": 50_000.0,
        "order_count": 1,
        "fill_count": 500,
        "largest_order_notional": 50_000.0,
        "baseline_minutes": 1440,
        "volatility_1m": 0.001,
        "usd_per_quote": 1.0,
        "cell_start_at": NOON,
        "cell_end_at": NOON + timedelta(seconds=5),
    }
    return level | measured


def up(rise: float, **measured: Any) -> dict[str, Any]:
    return cell(**{"rise": rise, "price_after_rise": 100 * (1 + rise)} | measured)


def down(fall: float, **measured: Any) -> dict[str, Any]:
    return cell(**{"fall": fall, "price_after_fall": 100 * (1 - fall)} | measured)


def found(make: MakeRelation, cells: Rows, **thresholds: Any) -> Rows:
    # one row with what another may lack, so that its column has a type
    first = cell(cell_start_at=NOON - timedelta(hours=1), cell_end_at=NOON)
    hits = hit_rows(
        replace(price_spike, params=Params(**thresholds)), {"price_jumps_5s": make([first, *cells])}
    )
    rows = [dict(zip(hits.columns, row, strict=True)) for row in hits.fetchall()]
    return [row | {"evidence": json.loads(row["evidence"])} for row in rows]


@pytest.mark.parametrize(
    ("spike", "word", "price"), [(up(0.4), "rose", 140.0), (down(0.4), "fell", 60.0)]
)
def test_one_order_that_sweeps_the_book_hits(
    relation: MakeRelation, spike: dict[str, Any], word: str, price: float
) -> None:
    (hit,) = found(relation, [spike])

    assert hit["statistic"] == pytest.approx(0.4)
    assert hit["threshold"] == pytest.approx(0.03)
    assert hit["notional_usd"] == 50_000
    assert hit["evidence"]["direction"] == word
    assert hit["evidence"]["price_before"] == pytest.approx(100)
    assert hit["evidence"]["price"] == pytest.approx(price)


@pytest.mark.parametrize(
    ("spike", "looser"),
    [
        (up(0.019, volatility_1m=0.0), {"min_move": 0.015}),
        (down(0.029), {"min_move_volatilities": 25}),
        (up(0.09, baseline_minutes=None), {"min_move_unscaled": 0.08}),
        (up(0.09, baseline_minutes=119), {"min_baseline_minutes": 60}),
        (up(0.04, high_before=103.0), {"min_share_beyond": 0.2}),
        (down(0.04, low_before=97.0), {"min_share_beyond": 0.2}),
    ],
)
def test_it_is_silent_below_each_threshold_and_a_looser_one_raises_more(
    relation: MakeRelation, spike: dict[str, Any], looser: dict[str, Any]
) -> None:
    assert found(relation, [spike]) == []
    assert len(found(relation, [spike], **looser)) == 1


def test_the_way_back_from_a_spike_is_none(relation: MakeRelation) -> None:
    back = cell(fall=0.28, price_after_fall=100.0, high_before=140.0, low_before=100.0)

    assert found(relation, [back]) == []


def test_a_market_that_was_silent_for_five_minutes_is_judged(relation: MakeRelation) -> None:
    assert len(found(relation, [up(0.2, high_before=None, low_before=None)])) == 1
