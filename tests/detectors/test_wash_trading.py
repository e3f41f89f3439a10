"""Wash trading fires on a planted ring, and on nothing that misses a single threshold."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from duckdb import DuckDBPyConnection, DuckDBPyRelation

from assets.detection.detector import Detector
from assets.detection.hits import Hit, Stamps, find_hits
from assets.detectors.trades.wash_trading import Params, wash_trading
from assets.market.window import Window
from assets.transform.build import compute, scratch_lake
from assets.transform.compiled_models import models

STAMPS = Stamps(
    input_snapshot_id=1, code_version="test", run_id="test", detected_at=datetime(2026, 4, 1)
)

START_AT = datetime(2026, 3, 2, 12)
CELL = timedelta(minutes=5)
# six cells of a market with even sides, in which ten of twelve pairs of one unit are opposite
RING = {
    "quantity": 100.0,
    "notional": 1_000.0,
    "notional_usd": None,
    "buyer_order_count": 60,
    "seller_order_count": 60,
    "pair_count": 12,
    "opposite_pair_count": 10,
    "pair_quantity": 12.0,
    "opposite_pair_quantity": 10.0,
    "expected_opposite_pair_quantity": 6.0,
    "opposite_pair_quantity_variance": 3.0,
    "opposite_pair_quantity_third_moment": 0.0,
    "matched_quantity": 20.0,
    "expected_matched_quantity": 12.0,
    "matched_quantities": [1.0],
}
QUIET = RING | {
    "opposite_pair_count": 0,
    "opposite_pair_quantity": 0.0,
    "matched_quantity": 0.0,
    "matched_quantities": None,
}
PAIRLESS = QUIET | {
    "pair_count": 0,
    "pair_quantity": 0.0,
    "expected_opposite_pair_quantity": 0.0,
    "opposite_pair_quantity_variance": 0.0,
    "expected_matched_quantity": 0.0,
}

Cells = Callable[..., DuckDBPyRelation]


@pytest.fixture
def cells(dbt_root: Path) -> Iterator[Cells]:
    """Make rows of matched_pairs_30m from the cells of five minutes given, one after the other."""
    (half_hours,) = (model for model in models(dbt_root) if model.name == "matched_pairs_30m")

    def make(*rows: dict[str, Any]) -> DuckDBPyRelation:
        connection.execute("truncate lake.features.matched_pairs_5m")
        for place, row in enumerate(rows):
            start_at = START_AT + place * CELL
            whole = {"venue": "test", "symbol": "A"} | row
            whole |= {
                "cell_start_at": start_at,
                "cell_end_at": start_at + CELL,
                "trade_day": start_at.date(),
            }
            names, marks = ", ".join(whole), ", ".join("?" * len(whole))
            connection.execute(
                f"insert into lake.features.matched_pairs_5m ({names}) values ({marks})",
                list(whole.values()),
            )
        compute(connection, Window.of_day(START_AT.date()), [half_hours])
        return connection.table("lake.features.matched_pairs_30m")

    with scratch_lake(dbt_root) as connection:
        yield make


def under(**thresholds: float) -> Detector:
    return replace(wash_trading, params=Params(**thresholds))  # type: ignore[arg-type]


def found(detector: Detector, cells: DuckDBPyRelation) -> list[datetime]:
    return [at for (at,) in detector(cells).project("cell_start_at").order("1").fetchall()]


def evidence(cells: DuckDBPyRelation) -> dict[str, Any]:
    """What the last of the cells testifies."""
    last = wash_trading(cells).order("cell_start_at desc").limit(1)
    return json.loads(last.project("evidence::json::varchar").fetchall()[0][0])


def test_it_fires_on_half_an_hour_of_opposite_pairs(cells: Cells) -> None:
    ring = cells(*[RING] * 6)

    # from the third cell on: three cells with pairs are asked for
    assert found(wash_trading, ring) == [START_AT + place * CELL for place in (2, 3, 4, 5)]
    measured = evidence(ring)
    assert measured["opposite_pair_count"] == 60
    assert measured["matched_share"] == pytest.approx(0.2)
    assert measured["expected_matched_share"] == pytest.approx(0.12)
    # 60 opposite of 72 pairs, 36 expected, less half a pair; variance 18; no skewness
    assert measured["z"] == pytest.approx((60 - 36 - 0.5) / 18**0.5)
    assert measured["p_value"] == pytest.approx(1.52e-8, rel=0.01)


@pytest.mark.slow
def test_it_fires_on_the_ring_of_an_abused_market_and_only_then(
    abused_market: DuckDBPyConnection, midnight: datetime
) -> None:
    hits = found(wash_trading, abused_market.table("lake.features.matched_pairs_30m"))

    assert midnight + timedelta(hours=19) <= hits[0] <= midnight + timedelta(hours=19.25)
    assert midnight + timedelta(hours=19.9) <= hits[-1] <= midnight + timedelta(hours=20.5)


@pytest.mark.slow
def test_its_trades_are_the_pairs_of_the_ring(
    abused_market: DuckDBPyConnection, midnight: datetime,
    trades_of: Callable[[DuckDBPyConnection, Hit], list[dict[str, Any]]],
) -> None:  # fmt: skip
    half_hour = Window(midnight + timedelta(hours=19.45), midnight + timedelta(hours=19.5))
    (hit,) = find_hits(abused_market, wash_trading, half_hour, STAMPS)

    trades = trades_of(abused_market, hit)

    # 300 pairs of the ring begin in that half hour; chance adds few of their sizes
    assert len(trades) == pytest.approx(600, abs=20)
    buyers = [trade for trade in trades if trade["aggressor_side"] == "buyer"]
    assert len(buyers) == pytest.approx(300, abs=15)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("threshold", "measured", "step"),
    [
        ("max_p_value", lambda seen: seen["p_value"], -1e-15),
        ("min_matched_share", lambda seen: seen["matched_share"], 1e-9),
        (
            "min_excess_share",
            lambda seen: seen["matched_share"] - seen["expected_matched_share"],
            1e-9,
        ),
        ("min_matched_pairs", lambda seen: seen["opposite_pair_count"], 1),
        ("min_matched_cells", lambda seen: seen["matched_cell_count"], 1),
    ],
)
def test_it_is_silent_just_below_each_threshold(
    cells: Cells, threshold: str, measured: Callable[[dict[str, Any]], float], step: float
) -> None:
    ring = cells(*[RING] * 5, QUIET)
    last = START_AT + 5 * CELL
    seen = measured(evidence(ring))

    assert last in found(under(**{threshold: seen}), ring)
    assert last not in found(under(**{threshold: seen + step}), ring)


@pytest.mark.slow
@pytest.mark.parametrize(
    "looser",
    [
        {"max_p_value": 0.09},
        {"min_matched_share": 0.01},
        {"min_excess_share": 0.001},
        {"min_matched_pairs": 2},
        {"min_matched_cells": 1},
    ],
)
def test_a_looser_threshold_raises_more(cells: Cells, looser: dict[str, float]) -> None:
    """Each threshold alone holds one of these half hours back."""
    apart = [PAIRLESS] * 6
    unlikely = RING | {"opposite_pair_count": 8, "opposite_pair_quantity": 8.0}
    small = RING | {"matched_quantity": 4.5, "expected_matched_quantity": 0.5}
    usual = RING | {"expected_matched_quantity": 18.0}
    few = RING | {
        "pair_count": 4,
        "pair_quantity": 4.0,
        "opposite_pair_count": 3,
        "opposite_pair_quantity": 3.0,
        "expected_opposite_pair_quantity": 0.2,
        "opposite_pair_quantity_variance": 0.2,
        "expected_matched_quantity": 0.5,
    }
    short = RING | {"opposite_pair_count": 12, "opposite_pair_quantity": 12.0}
    short |= {"matched_quantity": 24.0}
    tape = cells(
        *[RING] * 6, *apart, *[unlikely] * 6, *apart, *[small] * 6, *apart, *[usual] * 6, *apart,
        *[few] * 3, *apart, *[short] * 2,
    )  # fmt: skip

    strict, loose = found(wash_trading, tape), found(under(**looser), tape)

    assert set(strict) < set(loose)


def test_pairs_that_chance_explains_are_none(cells: Cells) -> None:
    by_chance = RING | {"opposite_pair_count": 6, "opposite_pair_quantity": 6.0}

    assert found(wash_trading, cells(*[by_chance] * 12)) == []


def test_a_one_sided_market_needs_more_than_a_normal_tail(cells: Cells) -> None:
    """Rare opposite pairs are skewed: what is 3.3 deviations out is no longer one in a thousand."""
    skewed = RING | {"opposite_pair_quantity_third_moment": 3.0 * 3.0**1.5}
    ratio = {"opposite_pair_count": 9, "opposite_pair_quantity": 8.6}

    assert found(wash_trading, cells(*[RING | ratio] * 6))[-1:] == [START_AT + 5 * CELL]
    assert found(wash_trading, cells(*[skewed | ratio] * 6)) == []


def test_a_hit_knows_nothing_older_than_half_an_hour(cells: Cells) -> None:
    hits = found(wash_trading, cells(*[RING] * 6, *[PAIRLESS] * 12))

    assert hits[-1] == START_AT + 8 * CELL


def test_a_cell_is_judged_alike_whatever_came_after_and_in_whatever_order(cells: Cells) -> None:
    table = cells(*[RING] * 6, *[PAIRLESS] * 3)
    whole = wash_trading(table).order("cell_start_at").fetchall()

    backwards = wash_trading(table.order("cell_start_at desc")).order("cell_start_at").fetchall()
    early = wash_trading(table.filter(f"cell_start_at < timestamp '{START_AT + 4 * CELL}'"))

    assert backwards == whole
    assert early.order("cell_start_at").fetchall() == whole[:2]


def test_a_half_hour_without_known_sides_is_not_judged(cells: Cells) -> None:
    sideless = QUIET | {"buyer_order_count": 0, "seller_order_count": 0}

    judged = cells(*[sideless] * 6, QUIET).filter(wash_trading.judgeable_predicate)

    assert judged.project("cell_start_at").fetchall() == [(START_AT + 6 * CELL,)]


def test_its_words_name_nobody_and_hold_with_and_without_accounts() -> None:
    assert "account" not in wash_trading.description
    assert wash_trading.data_tier == "trades"
    assert "where the data names none" in wash_trading.recommended_action
    assert "ask the venue for them" in wash_trading.recommended_action
