"""A burst, a crowd that follows and the way back hit together, upwards or downwards."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from math import log
from typing import Any

import pytest
from duckdb import DuckDBPyRelation

from assets.detectors.trades.momentum_ignition import Params, momentum_ignition
from tests.detectors.led_moves import hits_of, leader_of

Rows = list[dict[str, Any]]
MakeRelation = Callable[[Rows], DuckDBPyRelation]
NOON = datetime(2026, 3, 2, 12)


def minute(**measured: Any) -> dict[str, Any]:
    """Up from 100 by a burst to 101.5 and a crowd to 102.2, and back to 101."""
    ignited = {
        "venue": "binance",
        "symbol": "AAA-USDT",
        "rise": log(1.015),
        "rise_price_before": 100.0,
        "rise_order_count": 25,
        "rise_notional": 5_000.0,
        "rise_taker_share": 0.95,
        "rise_until": NOON - timedelta(minutes=3),
        "fall": 0.002,
        "fall_price_before": 101.0,
        "fall_order_count": 9,
        "fall_notional": 2_000.0,
        "fall_taker_share": 0.9,
        "fall_until": NOON - timedelta(minutes=1),
        "high": 102.2,
        "low": 99.9,
        "close": 101.0,
        "buyer_notional": 9_000.0,
        "seller_notional": 6_000.0,
        "order_count": 120,
        "usd_per_quote": 1.0,
        "baseline_minutes": 1440,
        "usual_buyer_orders_per_second": 1 / 60,
        "usual_notional_per_hour": 50_000.0,
        "volatility_1m": 0.001,
        "cell_start_at": NOON,
        "cell_end_at": NOON + timedelta(minutes=1),
    }
    return ignited | measured


leader = partial(leader_of, "rise", 5_000.0, NOON + timedelta(minutes=1))
# another market's: nobody is named in this one
NOBODY = leader(symbol="BBB-USDT")


def found(
    make: MakeRelation,
    cells: Rows,
    leaders: Sequence[dict[str, Any]] = (NOBODY,),
    **thresholds: Any,
) -> Rows:
    detector = replace(momentum_ignition, params=Params(**thresholds))
    return hits_of(
        detector, {"price_bursts_1m": make(cells), "leading_takers_1m": make([*leaders])}
    )


def test_a_burst_whose_move_is_taken_back_hits(relation: MakeRelation) -> None:
    (hit,) = found(relation, [minute()])

    assert hit["statistic"] == pytest.approx(log(1.022))
    assert hit["evidence"]["side"] == "buy"
    assert hit["evidence"]["burst"] == pytest.approx(0.015)
    assert hit["evidence"]["share_taken_back"] == pytest.approx(1.2 / 2.2)
    assert hit["notional"] == 5_000


def test_a_burst_downwards_hits_too(relation: MakeRelation) -> None:
    upside_down = minute(
        rise=0.0,
        fall=log(1.015),
        fall_price_before=100.0,
        fall_order_count=25,
        fall_notional=5_000.0,
        low=97.8,
        close=99.0,
    )

    (hit,) = found(relation, [upside_down])
    assert hit["evidence"]["side"] == "sell"
    assert hit["evidence"]["furthest_price"] == 97.8


@pytest.mark.parametrize(
    ("weaker", "looser"),
    [
        ({"rise": 0.0045, "volatility_1m": 5e-4}, {"min_burst": 0.004}),
        ({"rise": 0.0095, "volatility_1m": 0.002}, {"min_burst_volatilities": 4}),
        ({"high": 100.9, "close": 100.4, "rise": 0.007}, {"min_move": 0.008}),
        ({"rise": log(1.017), "volatility_1m": 0.0032}, {"min_move_volatilities": 6}),
        ({"high": 102.6, "close": 100.9}, {"max_move": 0.03}),
        ({"rise": 0.018}, {"min_share_of_burst": 1.2}),
        ({"rise_order_count": 12}, {"min_surprise_nats": 20}),
        ({"order_count": 50}, {"min_surprise_nats_after": 20}),
        ({"rise_taker_share": 0.7}, {"min_taker_share": 0.65}),
        ({"usual_notional_per_hour": 101_000.0}, {"min_hours": 0.04}),
        ({"seller_notional": 2_400.0}, {"min_opposite_share": 0.4}),
        ({"close": 101.3}, {"min_share_taken_back": 0.4}),
        ({"baseline_minutes": 119}, {"min_baseline_minutes": 60}),
    ],
)
def test_it_is_silent_below_each_threshold_and_a_looser_one_raises_more(
    relation: MakeRelation, weaker: dict[str, Any], looser: dict[str, Any]
) -> None:
    assert found(relation, [minute(**weaker)]) == []
    assert len(found(relation, [minute(**weaker)], **looser)) == 1


def test_a_minute_without_a_price_before_is_silent(relation: MakeRelation) -> None:
    unknown = dict.fromkeys(("rise", "rise_price_before", "rise_order_count"))

    assert len(found(relation, [minute(), minute(**unknown)])) == 1


def test_a_burst_of_one_account_that_trades_against_its_followers_hits_when_it_is_smaller(
    relation: MakeRelation,
) -> None:
    small = minute(rise=log(1.004), high=100.6, close=100.2, order_count=30)

    assert found(relation, [small]) == []
    (hit,) = found(relation, [small], [leader()])
    assert hit["statistic"] == pytest.approx(log(1.006))
    assert hit["threshold"] == 0.004
    assert "A1" in hit["further_subjects"]
    assert hit["evidence"]["leader_share"] == 0.75
    assert hit["evidence"]["leader_words"].startswith("Account A1 took 75% of that side, in 20")


@pytest.mark.parametrize(
    ("weaker", "looser"),
    [
        ({"usual_move_1m": 0.0074}, {"min_led_usual_moves": 2.5}),
        ({"notional": 2_400.0, "notional_back": 2_400.0}, {"min_leader_share": 0.4}),
        ({"order_count": 4}, {"min_leader_orders": 3}),
        ({"notional_back": 1_800.0}, {"min_leader_back": 0.4}),
    ],
)
def test_a_burst_that_nobody_led_is_a_crowds_and_silent(
    relation: MakeRelation, weaker: dict[str, Any], looser: dict[str, Any]
) -> None:
    assert found(relation, [minute()], [leader(**weaker)]) == []
    assert len(found(relation, [minute()], [leader(**weaker)], **looser)) == 1
