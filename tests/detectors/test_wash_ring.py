"""Wash rings: from trades with both accounts to hits that name the members."""

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import datetime, timedelta

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from duckdb import DuckDBPyConnection

from assets.alerts.trades import condition_of, count_trades
from assets.clusters.finding import cluster_window, clusters_of
from assets.clusters.tables import CLUSTERS
from assets.detection.coverage import judge_coverage
from assets.detection.evidence import join_selections
from assets.detection.hits import Stamps, find_hits
from assets.detectors.accounts.wash_ring import Params, wash_ring
from assets.evaluation.account_days import AccountDay, honest_day
from assets.evaluation.planted_rings import with_ring
from assets.market.window import Window

MIDNIGHT = datetime(2026, 3, 1)
DAY = Window(MIDNIGHT, MIDNIGHT + timedelta(days=1))
STAMPS = Stamps(input_snapshot_id=1, code_version="test", run_id="test", detected_at=MIDNIGHT)


@pytest.fixture(scope="module")
def planted() -> AccountDay:
    day = honest_day(np.random.default_rng(21), 8_000)
    return with_ring(day, np.random.default_rng(22), 8, "strict", share=0.02, honest=0.3)


@pytest.fixture
def lake() -> Iterator[DuckDBPyConnection]:
    """A database in memory with the tables that the detector's path reads."""
    with duckdb.connect(":memory:") as connection:
        connection.execute(
            f"""
            attach ':memory:' as lake;
            create schema lake.core;
            create schema lake.features;
            create schema lake.ops;
            create table lake.core.trades (
                venue varchar, symbol varchar, trade_id varchar, sequence bigint,
                buyer_account_id varchar, seller_account_id varchar, aggressor_side varchar,
                quantity_double double, notional decimal(38, 12), notional_usd decimal(38, 12),
                is_on_book boolean, traded_at timestamp
            );
            create table lake.features.bars_1h (
                venue varchar, symbol varchar, notional decimal(38, 12), cell_start_at timestamp,
                trade_day date
            );
            create table lake.ops.completeness (
                venue varchar, symbol varchar, cell_start_at timestamp, is_covered boolean,
                trade_day date
            );
            create table lake.{CLUSTERS.name} ({", ".join(CLUSTERS.columns)})
            """
        )
        yield connection


def put(connection: DuckDBPyConnection, day: AccountDay, *, named: float = 1.0) -> None:
    """Put the day into core.trades; both accounts are named in a share of its trades."""
    count = len(day.buyer)
    is_named = np.arange(count) < named * count
    tape = pa.table(
        {
            "number": np.arange(count),
            "buyer": pa.array([f"A{n:05}" for n in day.buyer], mask=~is_named),
            "seller": pa.array([f"A{n:05}" for n in day.seller]),
            "is_taken_by_buyer": day.is_taken_by_buyer,
            "quantity": day.quantity,
            "traded_at": np.datetime64(MIDNIGHT, "us")
            + (day.seconds * 1e6).astype("int64").astype("timedelta64[us]"),
        }
    )
    connection.register("tape", tape)
    connection.execute(
        """
        insert into lake.core.trades
        select
            'simulated', 'AAA-USDT', number::varchar, number, buyer, seller,
            if(is_taken_by_buyer, 'buyer', 'seller'), quantity, quantity * 2, quantity * 2, true,
            traded_at
        from tape
        """
    )
    connection.unregister("tape")


def test_the_hit_names_the_members_and_says_what_they_did(lake, planted):
    put(lake, planted)
    assert cluster_window(lake, DAY) == 1
    (hit,) = find_hits(lake, wash_ring, DAY, STAMPS)
    members = [f"A{n:05}" for n in sorted(set(planted.buyer[planted.is_ring].tolist()))]
    assert (hit.subject_kind, hit.subject_id) == ("account", members[0])
    assert json.loads(hit.further_subjects) == [
        {"role": "member", "kind": "account", "id": member} for member in members[1:]
    ]
    measured = json.loads(hit.evidence)
    assert measured["account_count"] == 8
    assert measured["trade_count"] == planted.is_ring.sum()
    assert measured["volume_share"] == pytest.approx(0.02, rel=0.01)
    assert measured["expected_trade_count"] < 6
    assert measured["shape"] == "mesh"
    ring = planted.quantity[planted.is_ring].sum()
    assert hit.notional == pytest.approx(2 * ring)
    assert (hit.cell_start_at, hit.cell_end_at) == (DAY.start_at, DAY.end_at)


def test_the_evidence_selects_the_trades_of_the_ring(lake, planted):
    put(lake, planted)
    cluster_window(lake, DAY)
    (hit,) = find_hits(lake, wash_ring, DAY, STAMPS)
    selections = join_selections([json.loads(hit.evidence)["trades"]])
    condition = condition_of(asdict(hit) | {"evidence": json.dumps({"trades": selections})})
    assert condition is not None
    assert count_trades(lake, condition) == planted.is_ring.sum()


def test_two_rings_of_a_market_are_two_hits_each_with_its_own_trades(lake, planted):
    both = with_ring(planted, np.random.default_rng(26), 3, "rotating", share=0.02)
    put(lake, both)
    cluster_window(lake, DAY)
    found = find_hits(lake, wash_ring, DAY, STAMPS)
    counts = [json.loads(hit.evidence)["account_count"] for hit in found]
    assert sorted(counts) == [3, 8]
    assert len({hit.subject_id for hit in found}) == 2
    assert sum(json.loads(hit.evidence)["trade_count"] for hit in found) == both.is_ring.sum()


def test_windows_of_seconds_find_at_midnight_what_the_day_finds(lake, planted):
    put(lake, planted)
    whole = clusters_of(lake, DAY)
    before = Window(DAY.end_at - timedelta(seconds=5), DAY.end_at - timedelta(seconds=1))
    over = Window(before.end_at, DAY.end_at + timedelta(seconds=3))
    assert clusters_of(lake, before) == []
    assert clusters_of(lake, over) == whole
    cluster_window(lake, over)
    of_stream = find_hits(lake, wash_ring, over, STAMPS)
    cluster_window(lake, DAY)
    assert find_hits(lake, wash_ring, DAY, STAMPS) == of_stream
    assert len(of_stream) == 1


@pytest.mark.parametrize(
    ("threshold", "above"),
    [
        ("min_accounts", 9),
        ("min_trades", 25),
        ("min_volume_share", 0.03),
        ("min_surprise_nats", 1_000),
    ],
)
def test_it_is_silent_just_beyond_each_threshold(lake, planted, threshold, above):
    put(lake, planted)
    cluster_window(lake, DAY)
    strict = replace(wash_ring, params=Params(**{threshold: above}))
    assert find_hits(lake, strict, DAY, STAMPS) == []


def test_looser_thresholds_raise_more(lake):
    day = honest_day(np.random.default_rng(23), 8_000)
    put(lake, with_ring(day, np.random.default_rng(24), 8, "strict", share=0.0008))
    cluster_window(lake, DAY)
    assert find_hits(lake, wash_ring, DAY, STAMPS) == []
    looser = replace(
        wash_ring,
        params=Params.model_validate(
            {"min_trades": 6, "min_volume_share": 0.0005, "min_surprise_nats": 10}
        ),
    )
    assert len(find_hits(lake, looser, DAY, STAMPS)) == 1


def test_trades_without_both_accounts_are_insufficient_by_name(lake, planted):
    put(lake, planted, named=0.4)
    cluster_window(lake, DAY)
    assert find_hits(lake, wash_ring, DAY, STAMPS) == []
    (run,) = judge_coverage(lake, wash_ring, DAY, [], STAMPS)
    assert run.outcome == "insufficient"
    assert run.reason == "less than half of the quantity names both accounts"


def test_a_clean_day_is_judged_and_silent(lake):
    put(lake, honest_day(np.random.default_rng(25), 8_000))
    cluster_window(lake, DAY)
    assert find_hits(lake, wash_ring, DAY, STAMPS) == []
    (run,) = judge_coverage(lake, wash_ring, DAY, [], STAMPS)
    assert (run.outcome, run.cells_judged) == ("ran", 1)
