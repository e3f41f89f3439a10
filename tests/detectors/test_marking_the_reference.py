"""A push before a full hour hits once it has come back; the hour names what was recorded."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from duckdb import DuckDBPyRelation

from assets.detectors.trades.marking_the_reference import Params, marking_the_reference
from tests.detectors.led_moves import hits_of, leader_of

Rows = list[dict[str, Any]]
MakeRelation = Callable[[Rows], DuckDBPyRelation]
EIGHT = datetime(2026, 3, 2, 8)


def cell(minutes: int = 5, **measured: Any) -> dict[str, Any]:
    """A cell after eight, before which the price was pushed from 100 to 102."""
    start_at = EIGHT + timedelta(minutes=minutes)
    pushed = {
        "venue": "binance",
        "symbol": "AAA-USDT",
        "price_before": 100.0,
        "reference_price": 102.0,
        "close": 100.8,
        "share_taken_back": 0.6,
        "volatility_5m": 0.004,
        "buyer_notional": 8_500.0,
        "seller_notional": 1_500.0,
        "notional": 10_000.0,
        "order_count": 30,
        "usd_per_quote": 1.0,
        "baseline_minutes": 1440,
        "usual_notional_per_hour": 50_000.0,
        "reference_at": EIGHT,
        "cell_start_at": start_at,
        "cell_end_at": start_at + timedelta(minutes=5),
    }
    return pushed | measured


leader = partial(leader_of, "reference", 8_500.0, EIGHT + timedelta(minutes=10))
# another market's: nobody is named in this one
NOBODY = leader(symbol="BBB-USDT")


def found(
    make: MakeRelation,
    cells: Rows,
    leaders: Sequence[dict[str, Any]] = (NOBODY,),
    **thresholds: Any,
) -> Rows:
    detector = replace(marking_the_reference, params=Params(**thresholds))
    return hits_of(
        detector, {"reference_moves_5m": make(cells), "leading_takers_1m": make([*leaders])}
    )


def test_a_push_before_eight_that_came_back_hits(relation: MakeRelation) -> None:
    (hit,) = found(relation, [cell()])

    assert hit["evidence"]["recorded"] == "funding and option expiry"
    assert hit["evidence"]["reference_hour"] == 8
    assert hit["evidence"]["direction"] == "rose"
    assert hit["evidence"]["move"] == pytest.approx(0.02)
    assert hit["evidence"]["minutes_after"] == 10
    assert hit["notional"] == 10_000


def test_a_push_downwards_is_judged_by_its_sellers(relation: MakeRelation) -> None:
    pushed: dict[str, Any] = {"reference_price": 98.0, "close": 99.2}

    assert found(relation, [cell(**pushed)]) == []
    (hit,) = found(relation, [cell(**pushed, buyer_notional=15e2, seller_notional=85e2)])
    assert hit["evidence"]["direction"] == "fell"


@pytest.mark.parametrize(
    ("weaker", "looser"),
    [
        ({"reference_price": 100.95, "volatility_5m": 0.001}, {"min_move": 0.008}),
        ({"volatility_5m": 0.0067}, {"min_move_volatilities": 2.5}),
        ({"reference_price": 105.2, "close": 101.0}, {"max_move": 0.06}),
        ({"buyer_notional": 6_400.0}, {"min_dominance": 0.6}),
        ({"usual_notional_per_hour": 101_000.0}, {"min_hours": 0.08}),
        ({"order_count": 4}, {"min_orders": 3}),
        ({"share_taken_back": 0.39}, {"min_share_taken_back": 0.3}),
        ({"baseline_minutes": 119}, {"min_baseline_minutes": 60}),
    ],
)
def test_it_is_silent_below_each_threshold_and_a_looser_one_raises_more(
    relation: MakeRelation, weaker: dict[str, Any], looser: dict[str, Any]
) -> None:
    assert found(relation, [cell(**weaker)]) == []
    assert len(found(relation, [cell(**weaker)], **looser)) == 1


def test_a_smaller_push_that_one_account_led_hits(relation: MakeRelation) -> None:
    small = cell(reference_price=100.7, buyer_notional=5e3, seller_notional=5e3)

    assert found(relation, [small]) == []
    (hit,) = found(relation, [small], [leader()])
    assert hit["threshold"] == 0.006
    assert "A1" in hit["further_subjects"]
    assert "Account A1 took 75%" in hit["evidence"]["leader_words"]


@pytest.mark.parametrize(
    ("weaker", "looser"),
    [
        ({"usual_move_1m": 0.0048}, {"min_led_usual_moves": 1.8}),
        ({"notional": 3_800.0}, {"min_leader_share": 0.4}),
        ({"order_count": 4}, {"min_leader_orders": 3}),
    ],
)
def test_a_push_that_nobody_led_is_silent(
    relation: MakeRelation, weaker: dict[str, Any], looser: dict[str, Any]
) -> None:
    assert found(relation, [cell()], [leader(**weaker)]) == []
    assert len(found(relation, [cell()], [leader(**weaker)], **looser)) == 1
