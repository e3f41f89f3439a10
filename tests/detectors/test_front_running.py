"""Front running: who trades ahead of large orders is found, who trades after them is not."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from duckdb import DuckDBPyConnection, DuckDBPyRelation

from assets.alerts.description import describe
from assets.detection.hits import Hit, Stamps, find_hits
from assets.detectors.accounts.front_running import Params, front_running
from assets.market.window import Window
from assets.transform.build import compute, scratch_lake
from assets.transform.compiled_models import models

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
    "cell_end_at": NOON + timedelta(hours=1),
}
RUNS = {name: BAR[name] for name in ("venue", "symbol", "cell_start_at", "cell_end_at")} | {
    "account_id": "T1",
    "flip_count": 12,
    "run_count": 12,
    "before_count": 0,
    "expected_count": 0.1,
    "gain": 7.5,
    "run_notional": 3_600.0,
    "mean_lead_s": 1.2,
    "client_ids": ["T2"] * 11 + ["T3"],
    "account_count": 1_000,
}

Relation = Callable[[list[dict[str, Any]]], DuckDBPyRelation]
# millisecond, account, side, price, quantity
Order = tuple[int, str, str, float, float]
Measure = Callable[[list[Order]], dict[str, dict[str, Any]]]


def hit_count(relation: Relation, params: Params | None = None, **changed: Any) -> int:
    detector = replace(front_running, params=params or Params())
    return len(detector(relation([BAR]), relation([RUNS | changed])).fetchall())


def test_five_times_are_enough_where_chance_gives_hardly_any(relation: Relation) -> None:
    rare = {"expected_count": 0.01, "flip_count": 8}
    assert hit_count(relation, run_count=5, **rare) == 1
    assert hit_count(relation, run_count=4, **rare) == 0
    assert hit_count(relation, Params(min_times=4), run_count=4, **rare) == 1


def test_what_chance_gives_is_no_hit(relation: Relation) -> None:
    assert hit_count(relation) == 1
    assert hit_count(relation, expected_count=2.0) == 0
    assert hit_count(relation, Params(max_expected=0.5), expected_count=2.0) == 1
    # of many accounts one comes so far
    assert hit_count(relation, run_count=6, account_count=100) == 1
    assert hit_count(relation, run_count=6, account_count=1_000_000) == 0


def test_orders_as_often_just_before_it_are_chance_too(relation: Relation) -> None:
    assert hit_count(relation, before_count=2) == 0
    many = {"run_count": 300, "expected_count": 80.0}
    assert hit_count(relation, before_count=100, **many) == 1
    assert hit_count(relation, before_count=101, **many) == 0
    assert hit_count(relation, Params(min_lift=2.9), before_count=101, **many) == 1


def test_without_a_gain_nobody_is_named(relation: Relation) -> None:
    assert hit_count(relation, gain=0.0) == 0
    assert hit_count(relation, gain=0.01) == 1


@pytest.mark.slow
def test_who_runs_ahead_is_named_with_the_client(
    abused_market: DuckDBPyConnection, last_day: Window, midnight: datetime,
    trades_of: Callable[[DuckDBPyConnection, Hit], list[dict[str, Any]]],
) -> None:  # fmt: skip
    (hit,) = find_hits(abused_market, front_running, last_day, STAMPS)
    assert hit.subject_id == "T0107"
    assert hit.cell_start_at == midnight + timedelta(hours=17)
    assert json.loads(hit.further_subjects) == [
        {"role": "client", "kind": "account", "id": "T0108"}
    ]
    measured = json.loads(hit.evidence)
    words = describe(front_running, measured | {"subject": hit.subject_id, "quote": "USDT"}, None)
    assert words.startswith(
        "Within a day account T0107 traded 12 times on the side of a large order of another "
        "account, 1.2 s ahead of it, and back within a minute, for a gain of 7.18"
    )
    assert words.endswith("Most often, 12 times, the large order was one of account T0108.")
    assert len(trades_of(abused_market, hit)) == 24


@pytest.fixture
def measure(dbt_root: Path) -> Iterator[Measure]:
    """The hour's rows of front_runs_1h, by account; M makes each trade."""
    (model,) = (model for model in models(dbt_root) if model.name == "front_runs_1h")

    def rows(orders: list[Order]) -> dict[str, dict[str, Any]]:
        connection.execute("truncate lake.core.trades")
        for place, (millisecond, account, side, price, quantity) in enumerate(orders):
            connection.execute(
                """
                insert into lake.core.trades by name
                select
                    'test' as venue, 'A-USDT' as symbol, ?::varchar as trade_id,
                    if(? = 'buyer', ?, 'M') as buyer_account_id,
                    if(? = 'seller', ?, 'M') as seller_account_id,
                    ? as aggressor_side, ?::double as price_double, ?::double as quantity_double,
                    price_double::decimal(38, 18) as price,
                    quantity_double::decimal(38, 18) as quantity,
                    (price_double * quantity_double)::decimal(38, 12) as notional,
                    1 as fill_count, true as is_on_book, ? as sequence,
                    ?::timestamp as traded_at, traded_at::date as trade_day
                """,
                [
                    place, side, account, side, account, side, price, quantity, place,
                    NOON + timedelta(milliseconds=millisecond),
                ],
            )  # fmt: skip
        compute(connection, Window(NOON, NOON + timedelta(hours=1)), [model])
        found = connection.table(model.relation)
        return {
            row[found.columns.index("account_id")]: dict(zip(found.columns, row, strict=True))
            for row in found.fetchall()
        }

    with scratch_lake(dbt_root) as connection:
        yield rows


AHEAD = (60_000, "T1", "buyer", 10.0, 1.0)
LARGE = (61_000, "T2", "buyer", 10.1, 3.0)
BACK = (70_000, "T1", "seller", 10.2, 1.0)


def test_a_flip_runs_ahead_of_a_large_order_of_its_side(measure: Measure) -> None:
    row = measure([AHEAD, LARGE, BACK])["T1"]
    assert (row["flip_count"], row["run_count"], row["before_count"]) == (1, 1, 0)
    assert (row["lead_ms"], row["client_ids"]) == (1_000, ["T2"])
    assert float(row["gain"]) == pytest.approx(0.2)
    assert float(row["run_notional"]) == pytest.approx(10.0)
    # one such order an hour, and three seconds
    assert row["chance"] == pytest.approx(1e9 * 3 / 3_600, rel=0.001)


@pytest.mark.parametrize(
    "changed",
    [
        {1: (63_001, "T2", "buyer", 10.1, 3.0)},
        {1: (60_000, "T2", "buyer", 10.1, 3.0)},
        {1: (61_000, "T2", "buyer", 10.1, 2.9)},
        {1: (61_000, "T2", "seller", 10.1, 3.0)},
        # closed before the large order came
        {2: (60_900, "T1", "seller", 10.2, 1.0)},
    ],
)
def test_a_flip_that_does_not_run_ahead(measure: Measure, changed: dict[int, Order]) -> None:
    orders = [changed.get(place, order) for place, order in enumerate([AHEAD, LARGE, BACK])]
    row = measure(orders)["T1"]
    assert (row["flip_count"], row["run_count"]) == (1, 0)


@pytest.mark.parametrize(
    "back",
    [
        (120_001, "T1", "seller", 10.2, 1.0),
        (70_000, "T1", "seller", 10.2, 0.94),
        (70_000, "T1", "buyer", 10.2, 1.0),
        (70_000, "T3", "seller", 10.2, 1.0),
    ],
)
def test_what_is_no_flip(measure: Measure, back: Order) -> None:
    assert "T1" not in measure([AHEAD, LARGE, back])


def test_who_follows_a_large_order_is_counted_against_chance(measure: Measure) -> None:
    row = measure([(59_000, "T2", "buyer", 10.0, 3.0), AHEAD, BACK])["T1"]
    assert (row["run_count"], row["before_count"]) == (0, 1)


def test_the_gain_of_a_sale_ahead_is_a_falling_price(measure: Measure) -> None:
    sale = (60_000, "T1", "seller", 10.0, 1.0)
    large = (61_000, "T2", "seller", 9.9, 5.0)
    row = measure([sale, large, (70_000, "T1", "buyer", 9.8, 1.0)])["T1"]
    assert float(row["gain"]) == pytest.approx(0.2)


def test_fills_of_one_millisecond_are_one_order(measure: Measure) -> None:
    parts = [(61_000, "T2", "buyer", 10.1, 1.5), (61_000, "T2", "buyer", 10.1, 1.5)]
    assert measure([AHEAD, *parts, BACK])["T1"]["run_count"] == 1
