"""Pump accounts: who bought before a rise and sold into it is found, who only did one is not."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from duckdb import DuckDBPyConnection, DuckDBPyRelation

from assets.alerts.description import describe
from assets.detection.hits import Hit, Stamps, find_hits
from assets.detectors.accounts.pump_account import Params, pump_account
from assets.market.window import Window

STAMPS = Stamps(
    input_snapshot_id=1, code_version="test", run_id="test", detected_at=datetime(2026, 4, 1)
)
NOON = datetime(2026, 3, 2, 12)
BAR = {
    "venue": "test",
    "symbol": "A-USDT",
    "notional": 1_000.0,
    "notional_usd": 1_000.0,
    "cell_start_at": NOON,
    "cell_end_at": NOON + timedelta(minutes=5),
}
INSIDER = {name: BAR[name] for name in ("venue", "symbol", "cell_start_at", "cell_end_at")} | {
    "account_id": "T1",
    "seen_at": NOON,
    "rose_at": NOON - timedelta(seconds=175),
    "baseline_minutes": 1_440,
    "price_before": 1.0,
    "log_rise": 0.1,
    "volatility_1m": 0.002,
    "market_quantity": 1_000.0,
    "traded_earlier": 20.0,
    "bought_count_before": 6,
    "bought_before": 100.0,
    "sold_before": 0.0,
    "bought_notional_before": 100.0,
    "sold_count_since": 4,
    "bought_since": 0.0,
    "sold_since": 95.0,
    "sold_notional_since": 104.5,
}

Relation = Callable[[list[dict[str, Any]]], DuckDBPyRelation]


def hit_count(relation: Relation, params: Params | None = None, **changed: Any) -> int:
    detector = replace(pump_account, params=params or Params())
    return len(detector(relation([BAR]), relation([INSIDER | changed])).fetchall())


@pytest.mark.parametrize(
    ("changed", "looser"),
    [
        ({"baseline_minutes": 119}, Params(min_baseline_minutes=60)),
        ({"market_quantity": 10_001.0}, Params(min_share_before=0.005)),
        ({"bought_count_before": 2}, Params(min_trades=2)),
        ({"traded_earlier": 301.0}, Params(min_share_of_own=0.2)),
        ({"sold_before": 31.0, "bought_since": 22.0}, Params(min_net_share=0.6)),
        ({"bought_since": 29.0}, Params(min_net_share=0.6)),
        ({"sold_since": 59.0, "sold_notional_since": 65.0}, Params(min_share_sold=0.5)),
        ({"sold_since": 301.0, "sold_notional_since": 331.0}, Params(max_share_sold=4)),
        ({"seen_at": NOON - timedelta(minutes=26)}, Params(max_minutes=35)),
    ],
)
def test_just_below_a_threshold_is_no_hit(
    relation: Relation, changed: dict[str, Any], looser: Params
) -> None:
    assert hit_count(relation) == 1
    assert hit_count(relation, **changed) == 0
    assert hit_count(relation, looser, **changed) == 1


def test_a_rise_may_be_asked_to_be_steeper(relation: Relation) -> None:
    assert hit_count(relation, Params(min_rise=0.1)) == 1
    assert hit_count(relation, Params(min_rise=0.11)) == 0
    assert hit_count(relation, Params(min_rise_volatilities=50)) == 1
    assert hit_count(relation, Params(min_rise_volatilities=51)) == 0


def test_who_sold_at_a_loss_is_not_named(relation: Relation) -> None:
    assert hit_count(relation, sold_notional_since=94.0) == 0


def test_what_others_did_is_told(relation: Relation) -> None:
    others = [
        INSIDER | {"account_id": name, "sold_since": sold, "bought_before": 5.0}
        for name, sold in (("T2", 0.0), ("T3", 0.0), ("T4", 4.0), ("T5", 1.0))
    ]
    found = pump_account(relation([BAR]), relation([INSIDER, *others]))
    ((account, evidence),) = found.project("account_id, evidence").fetchall()
    assert (account, evidence["other_buyers"], evidence["sold_by_others"]) == ("T1", 4, 0.25)


@pytest.mark.slow
def test_who_bought_before_the_pump_and_sold_into_it_is_named(
    abused_market: DuckDBPyConnection, last_day: Window, midnight: datetime,
    trades_of: Callable[[DuckDBPyConnection, Hit], list[dict[str, Any]]],
) -> None:  # fmt: skip
    hits = find_hits(abused_market, pump_account, last_day, STAMPS)
    assert {hit.subject_id for hit in hits} == {"T0109"}
    # up to half an hour after the cell that first shows the rise
    assert hits[0].cell_start_at == midnight + timedelta(hours=6)
    assert hits[-1].cell_end_at == midnight + timedelta(hours=6, minutes=30)
    measured = json.loads(hits[0].evidence)
    assert measured["bought_count"] == 6
    assert measured["gain"] > 0
    words = describe(pump_account, measured | {"subject": "T0109", "quote": "USDT"}, None)
    assert "account T0109 bought" in words
    assert "in 6 trades, 100% of all that it traded in 24 hours. Since the rise it sold " in words
    assert len(trades_of(abused_market, hits[-1])) == 12


@pytest.mark.slow
def test_what_an_account_bought_earlier_is_no_purchase_before_the_rise(
    abused_market: DuckDBPyConnection, midnight: datetime
) -> None:
    """Crowds trade all day: of them the hour before the rise is a small part."""
    rows = abused_market.execute(
        """
        select
            account_id = 'T0109' as is_insider,
            count(*) as accounts,
            max((bought_before - sold_before) / (bought_before + sold_before + traded_earlier))
                as share_of_own,
            min(rose_at) as rose_at,
            max(market_quantity) as market_quantity,
        from lake.features.pump_accounts_5m
        where cell_start_at = ?
        group by all order by all
        """,
        [midnight + timedelta(hours=6, minutes=5)],
    ).fetchall()
    (_, crowd, habit, *_), (_, _, share_of_own, rose_at, market_quantity) = rows
    assert crowd > 10
    assert habit < 0.25
    assert share_of_own == 1
    # the first cell with more than 5 % ends at 06:00:20
    assert rose_at == midnight + timedelta(hours=5, minutes=57, seconds=20)
    ((traded,),) = abused_market.execute(
        "select sum(quantity_double) from lake.core.trades "
        "where symbol = 'AAA-USDT' and traded_at >= ? and traded_at < ?",
        [rose_at - timedelta(hours=1), rose_at],
    ).fetchall()
    assert market_quantity == pytest.approx(traded)
