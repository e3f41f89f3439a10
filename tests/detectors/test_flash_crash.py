"""A fall within five minutes hits by its own volatility; a recovery makes it a flash crash."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from duckdb import DuckDBPyRelation

from assets.detection.hit_rows import hit_rows
from assets.detectors.trades.flash_crash import Params, flash_crash

Rows = list[dict[str, Any]]
MakeRelation = Callable[[Rows], DuckDBPyRelation]
NOON = datetime(2026, 3, 2, 12)


def cell(seconds: float = 0, **measured: Any) -> dict[str, Any]:
    """One 5-second cell at a price of 100."""
    start_at = NOON + timedelta(seconds=seconds)
    level = {
        "venue": "binance",
        "symbol": "AAA-USDT",
        "high": 100.0,
        "low": 100.0,
        "close": 100.0,
        "high_5m": 100.0,
        "seller_notional_5m": 900.0,
        "notional_5m": 1000.0,
        "usd_per_quote": 1.0,
        "volatility_5m": 0.005,
        "cell_start_at": start_at,
        "cell_end_at": start_at + timedelta(seconds=5),
    }
    return level | measured


def crash(seconds: float = 0, low: float = 94.9, **measured: Any) -> dict[str, Any]:
    return cell(seconds, **{"low": low, "close": low, "high": low} | measured)


def found(make: MakeRelation, cells: Rows, **thresholds: Any) -> Rows:
    # one row with a volatility, so that a column without any has its type
    inputs = {"price_falls_5s": make([cell(-7200), *cells])}
    hits = hit_rows(replace(flash_crash, params=Params(**thresholds)), inputs)
    rows = hits.order("cell_start_at, kind").fetchall()
    found = [dict(zip(hits.columns, row, strict=True)) for row in rows]
    return [row | {"evidence": json.loads(row["evidence"])} for row in found]


def test_it_hits_on_a_fall_of_five_percent_and_eight_volatilities(relation: MakeRelation) -> None:
    (hit,) = found(relation, [cell(-5), crash()])

    assert hit["statistic"] == pytest.approx(0.051)
    assert hit["threshold"] == 0.05
    assert hit["p_value"] is None
    assert hit["notional"] == 900
    assert hit["evidence"]["fall_volatilities"] == pytest.approx(10.2)


def test_it_is_silent_just_below_each_threshold(relation: MakeRelation) -> None:
    assert found(relation, [crash(low=95.1)]) == []
    assert found(relation, [crash(low=94.9, volatility_5m=0.0064)]) == []
    assert found(relation, [crash(low=90.1, volatility_5m=None)]) == []


@pytest.mark.parametrize(
    ("low", "sigma", "looser"),
    [
        (95.1, 0.005, {"min_fall": 0.04}),
        (94.9, 0.0064, {"min_fall_volatilities": 7}),
        (90.1, None, {"min_fall_unscaled": 0.08}),
    ],
)
def test_a_looser_threshold_raises_more(
    relation: MakeRelation, low: float, sigma: float | None, looser: dict[str, Any]
) -> None:
    assert found(relation, [crash(low=low, volatility_5m=sigma)]) == []
    assert len(found(relation, [crash(low=low, volatility_5m=sigma)], **looser)) == 1


def test_the_recovery_is_the_first_cell_that_takes_back_half_of_the_fall(
    relation: MakeRelation,
) -> None:
    # from 100 down to 90: half is taken back at 95
    later = {"high_5m": 95.0}
    cells = [crash(low=94), crash(60, low=91, **later), crash(65, low=90, high_5m=91.0)]
    cells += [cell(300, low=94, close=94.9, **later), cell(600, low=95, close=95.1, **later)]
    cells += [cell(605)]

    hit, recovery = found(relation, cells)

    assert (hit["kind"], recovery["kind"]) == ("hit", "confirmation")
    assert recovery["cell_start_at"] == NOON + timedelta(seconds=600)
    assert recovery["statistic"] == pytest.approx(0.51)
    assert recovery["evidence"]["price_low"] == 90


@pytest.mark.parametrize(("seconds", "count"), [(1800, 1), (1805, 0)])
def test_a_recovery_comes_within_half_an_hour(
    relation: MakeRelation, seconds: int, count: int
) -> None:
    kinds = [row["kind"] for row in found(relation, [crash(), cell(seconds)])]

    assert kinds.count("confirmation") == count


def test_a_rise_is_no_crash(relation: MakeRelation) -> None:
    assert found(relation, [cell(high=120.0, low=100.0, close=120.0, high_5m=100.0)]) == []
