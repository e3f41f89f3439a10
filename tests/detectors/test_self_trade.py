"""Self-trades are facts: each is found where a source tells it, and none where there is none."""

import importlib.util
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from duckdb import DuckDBPyConnection, DuckDBPyRelation

from assets.detection.hits import Hit, Stamps, find_hits
from assets.detectors.accounts.self_trade import Params, self_trade
from assets.market.window import Window
from assets.transform.build import compute, scratch_lake
from assets.transform.compiled_models import models

STAMPS = Stamps(
    input_snapshot_id=1, code_version="test", run_id="test", detected_at=datetime(2026, 4, 1)
)
TRADE_LOG = Path(__file__).parents[1] / "benchmarks" / "trade_log.py"
CELL = {
    "venue": "test",
    "symbol": "A-USDT",
    "cell_start_at": datetime(2026, 3, 2, 12),
    "cell_end_at": datetime(2026, 3, 2, 12, 5),
}
SELF_TRADES = CELL | {
    "account_id": "T1",
    "trade_count": 3,
    "quantity": 1.0,
    "notional": 10.0,
    "notional_usd": None,
    "own_quantity": 1_000.0,
    "quantities": None,
    "is_two_sided": True,
}

Relation = Callable[[list[dict[str, Any]]], DuckDBPyRelation]


def hit_count(relation: Relation, params: Params | None = None, **changed: Any) -> int:
    detector = replace(self_trade, params=params or Params())
    found = detector(relation([CELL]), relation([SELF_TRADES | changed]))
    return len(found.fetchall())


def test_three_self_trades_are_a_hit_and_two_are_not(relation: Relation) -> None:
    assert hit_count(relation) == 1
    assert hit_count(relation, trade_count=2) == 0
    assert hit_count(relation, Params(min_trades=2), trade_count=2) == 1


def test_a_hundredth_of_its_trading_is_a_hit_and_less_is_not(relation: Relation) -> None:
    assert hit_count(relation, trade_count=1, own_quantity=200.0) == 1
    assert hit_count(relation, trade_count=1, own_quantity=200.1) == 0
    assert hit_count(relation, Params(min_share=0.005), trade_count=1, own_quantity=400.0) == 1


def test_the_account_that_trades_with_itself_is_the_subject_of_the_hits(
    abused_market: DuckDBPyConnection, last_day: Window, midnight: datetime,
    trades_of: Callable[[DuckDBPyConnection, Hit], list[dict[str, Any]]],
) -> None:  # fmt: skip
    hits = find_hits(abused_market, self_trade, last_day, STAMPS)
    assert [(hit.subject_id, hit.cell_start_at - midnight) for hit in hits] == [
        ("T0101", timedelta(hours=8)),
        ("T0101", timedelta(hours=8, minutes=5)),
    ]
    assert [json.loads(hit.evidence)["trade_count"] for hit in hits] == [6, 6]
    # the evidence has those with itself alone
    assert len(trades_of(abused_market, hits[0])) == 6


@pytest.fixture(scope="module")
def log() -> pa.Table:
    """The trade log that the replaced Spark system fed itself: 340,631 rows of three symbols."""
    spec = importlib.util.spec_from_file_location("trade_log", TRADE_LOG)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return pa.concat_tables(module.batches(340_631, seed=3))


Judge = Callable[[pa.Table], list[Hit]]


@pytest.fixture
def judge(dbt_root: Path) -> Iterator[Judge]:
    """The hits of a log that reports one side a row."""
    names = {"bars_1s", "bars_5s", "bars_1m", "bars_5m", "account_self_trades_5m"}
    day = Window.of_day(date(2024, 1, 1))

    def hits(log: pa.Table) -> list[Hit]:
        connection.execute("truncate lake.core.trades")
        connection.register("log", log)
        connection.execute(
            """
            insert into lake.core.trades by name
            select
                'log' as venue, replace(symbol, 'USDT', '-USDT') as symbol, trade_id,
                if(side = 'BUY', trader_id, null) as buyer_account_id,
                if(side = 'SELL', trader_id, null) as seller_account_id,
                if(side = 'BUY', 'buyer', 'seller') as aggressor_side,
                price as price_double, quantity as quantity_double,
                price::decimal(38, 18) as price, quantity::decimal(38, 18) as quantity,
                (price * quantity)::decimal(38, 12) as notional, 1 as fill_count,
                true as is_on_book, 1 as sequence, timestamp::timestamp as traded_at,
                timestamp::timestamp::date as trade_day,
            from log
            """
        )
        compute(connection, day, [model for model in models(dbt_root) if model.name in names])
        return find_hits(connection, self_trade, day, STAMPS)

    with scratch_lake(dbt_root) as connection:
        yield hits


@pytest.mark.slow
def test_each_wash_pair_of_the_replaced_systems_log_is_found(log: pa.Table, judge: Judge) -> None:
    """Pairs of one trader, price and time; by trader and symbol, as many as were planted."""
    washed = log.filter(pc.equal(log["event_type"], "WASH"))
    planted = washed.group_by(["trader_id", "symbol"]).aggregate([("trade_id", "count")])
    pairs = {
        (row["trader_id"], row["symbol"].replace("USDT", "-USDT")): row["trade_id_count"] // 2
        for row in planted.to_pylist()
    }
    found: dict[tuple[str, str], int] = {}
    for hit in judge(log):
        key = (hit.subject_id, hit.symbol)
        found[key] = found.get(key, 0) + json.loads(hit.evidence)["trade_count"]
    # the last row may be half a pair
    assert {key: count for key, count in pairs.items() if count} == found


@pytest.mark.slow
def test_they_vanish_with_the_rows_of_the_abuse(log: pa.Table, judge: Judge) -> None:
    assert judge(log.filter(pc.not_equal(log["event_type"], "WASH"))) == []


@pytest.mark.slow
def test_they_are_found_by_whole_seconds_too(log: pa.Table, judge: Judge) -> None:
    seconds = pc.utf8_slice_codeunits(log["timestamp"], 0, 19)
    place = log.column_names.index("timestamp")
    by_second = log.set_column(place, "timestamp", seconds)
    washed = pc.sum(pc.equal(log["event_type"], "WASH")).as_py() // 2
    found = sum(json.loads(hit.evidence)["trade_count"] for hit in judge(by_second))
    # a trade of the same second and price leaves its pair of equal quantities
    assert found == pytest.approx(washed, rel=0.001)
