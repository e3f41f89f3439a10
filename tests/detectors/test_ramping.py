"""A steady climb of half an hour hits where the venue did not climb and the price is new."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from math import log
from typing import Any

import pytest
from duckdb import DuckDBPyRelation

from assets.detectors.trades.ramping import Params, ramping
from tests.detectors.led_moves import hits_of, leader_of

Rows = list[dict[str, Any]]
MakeRelation = Callable[[Rows], DuckDBPyRelation]
NOON = datetime(2026, 3, 2, 12)


def run(**measured: Any) -> dict[str, Any]:
    """Up 4 % in half an hour, alone, on a volatility of 0.2 % in five minutes."""
    climbed = {
        "venue": "binance",
        "symbol": "AAA-USDT",
        "close": 104.0,
        "close_30m_before": 100.0,
        "high_before": 100.5,
        "log_move": log(1.04),
        "usual_log_move": 0.001,
        "market_count": 8,
        "path": 0.05,
        "rising_minutes": 22,
        "falling_minutes": 6,
        "buyer_notional": 7_000.0,
        "notional": 10_000.0,
        "usd_per_quote": 1.0,
        "volatility_5m": 0.002,
        "cell_start_at": NOON,
        "cell_end_at": NOON + timedelta(minutes=5),
    }
    return climbed | measured


leader = partial(leader_of, "run", 7_000.0, NOON + timedelta(minutes=5))
# another market's: nobody is named in this one
NOBODY = leader(symbol="BBB-USDT")


def found(
    make: MakeRelation,
    cells: Rows,
    leaders: Sequence[dict[str, Any]] = (NOBODY,),
    **thresholds: Any,
) -> Rows:
    detector = replace(ramping, params=Params(**thresholds))
    return hits_of(detector, {"price_runs_5m": make(cells), "leading_takers_1m": make([*leaders])})


def test_a_climb_that_the_venue_does_not_share_hits(relation: MakeRelation) -> None:
    (hit,) = found(relation, [run()])

    assert hit["statistic"] == pytest.approx(log(1.04) - 0.001)
    assert hit["threshold"] == 0.015
    assert hit["evidence"]["efficiency"] == pytest.approx(log(1.04) / 0.05)
    assert hit["notional"] == 7_000


def test_a_climb_with_the_venue_does_not(relation: MakeRelation) -> None:
    assert found(relation, [run(usual_log_move=0.03)]) == []
    # two symbols are no venue, and a fall of the others is no rise of its own
    assert len(found(relation, [run(usual_log_move=0.03, market_count=2)])) == 1
    (hit,) = found(relation, [run(usual_log_move=-0.05)])
    assert hit["statistic"] == pytest.approx(log(1.04))


@pytest.mark.parametrize(
    ("weaker", "looser"),
    [
        ({"log_move": 0.0155, "volatility_5m": 1e-4, "path": 0.02}, {"min_rise": 0.01}),
        ({"volatility_5m": 0.0079}, {"min_rise_volatilities": 1.8}),
        ({"log_move": 0.103, "path": 0.11, "close": 110.9}, {"max_rise": 0.11}),
        ({"path": 0.061}, {"min_efficiency": 0.6}),
        ({"rising_minutes": 18, "falling_minutes": 10}, {"min_rising_share": 0.6}),
        ({"rising_minutes": 16, "falling_minutes": 1}, {"min_moving_minutes": 15}),
        ({"buyer_notional": 4_400.0}, {"min_buyer_share": 0.4}),
        ({"high_before": 102.1}, {"min_share_beyond": 0.4}),
        ({"usual_log_move": 0.03, "market_count": 3}, {"min_markets": 4}),
    ],
)
def test_it_is_silent_below_each_threshold_and_a_looser_one_raises_more(
    relation: MakeRelation, weaker: dict[str, Any], looser: dict[str, Any]
) -> None:
    assert found(relation, [run(**weaker)]) == []
    assert len(found(relation, [run(**weaker)], **looser)) == 1


def test_a_rougher_or_longer_climb_that_one_account_led_hits(relation: MakeRelation) -> None:
    rough = run(path=0.075, rising_minutes=12, falling_minutes=9, volatility_5m=0.01)

    assert found(relation, [rough]) == []
    (hit,) = found(relation, [rough], [leader()])
    assert hit["threshold"] == 0.015
    assert "A1" in hit["further_subjects"]
    assert "Account A1 took 75%" in hit["evidence"]["leader_words"]


@pytest.mark.parametrize(
    ("weaker", "looser"),
    [
        ({"usual_move_1m": 0.003}, {"min_led_usual_moves": 2.0}),
        ({"notional": 2_300.0}, {"min_leader_share": 0.3}),
        ({"order_count": 14}, {"min_leader_orders": 10}),
    ],
)
def test_a_climb_that_nobody_led_is_silent(
    relation: MakeRelation, weaker: dict[str, Any], looser: dict[str, Any]
) -> None:
    assert found(relation, [run()], [leader(**weaker)]) == []
    assert len(found(relation, [run()], [leader(**weaker)], **looser)) == 1
