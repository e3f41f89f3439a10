"""Accounts of one owner that trade with each other are found, under the owner's name."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from duckdb import DuckDBPyConnection, DuckDBPyRelation

from assets.detection.hits import Hit, Stamps, find_hits
from assets.detectors.accounts.owner_self_trade import Params, owner_self_trade
from assets.market.window import Window

STAMPS = Stamps(
    input_snapshot_id=1, code_version="test", run_id="test", detected_at=datetime(2026, 4, 1)
)
CELL = {
    "venue": "test",
    "symbol": "A-USDT",
    "cell_start_at": datetime(2026, 3, 2, 12),
    "cell_end_at": datetime(2026, 3, 2, 12, 5),
}
SELF_TRADES = CELL | {
    "owner_id": "anna",
    "trade_count": 3,
    "quantity": 1.0,
    "notional": 10.0,
    "notional_usd": None,
    "own_quantity": 1_000.0,
    "account_ids": ["A1", "A2"],
}

Relation = Callable[[list[dict[str, Any]]], DuckDBPyRelation]


def hits_of(relation: Relation, params: Params | None = None, **changed: Any) -> list[Any]:
    detector = replace(owner_self_trade, params=params or Params())
    return detector(relation([CELL]), relation([SELF_TRADES | changed])).fetchall()


def test_three_trades_are_a_hit_and_two_are_not(relation: Relation) -> None:
    assert len(hits_of(relation)) == 1
    assert hits_of(relation, trade_count=2) == []
    assert len(hits_of(relation, Params(min_trades=2), trade_count=2)) == 1


def test_a_hundredth_of_its_trading_is_a_hit_and_less_is_not(relation: Relation) -> None:
    assert len(hits_of(relation, trade_count=1, own_quantity=200.0)) == 1
    assert hits_of(relation, trade_count=1, own_quantity=200.1) == []
    params = Params(min_share=0.005)
    assert len(hits_of(relation, params, trade_count=1, own_quantity=400.0)) == 1


def test_the_owner_is_the_subject_and_its_accounts_are_named(
    abused_market: DuckDBPyConnection, last_day: Window, midnight: datetime,
    trades_of: Callable[[DuckDBPyConnection, Hit], list[dict[str, Any]]],
) -> None:  # fmt: skip
    (hit,) = find_hits(abused_market, owner_self_trade, last_day, STAMPS)
    assert (hit.subject_kind, hit.subject_id) == ("owner", "twins")
    assert hit.cell_start_at - midnight == timedelta(hours=18)
    assert [one["id"] for one in json.loads(hit.further_subjects)] == ["T0110", "T0111"]
    assert json.loads(hit.evidence)["trade_count"] == 8
    assert len(trades_of(abused_market, hit)) == 8
