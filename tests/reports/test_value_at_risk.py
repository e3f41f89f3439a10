"""The section of value at risk: numbers with their light, reasons instead of numbers, limits."""

import re
from collections.abc import Callable
from datetime import datetime
from types import ModuleType
from typing import Any

import pytest
from duckdb import DuckDBPyConnection

from reports.value_at_risk import section_of

Render = Callable[[DuckDBPyConnection], str]
MIDNIGHT = datetime(2024, 3, 15)


def forecast(symbol: str, horizon: str = "1 day", level: float = 0.99, **other: Any) -> dict:
    return {
        "venue": "north", "symbol": symbol, "horizon": horizon, "level": level,
        "method": "filtered", "value_at_risk": 0.0712, "expected_shortfall": 0.0934,
        "is_exceeded": False, "light": "yellow", "sentence": "5 of 250 days lost more.",
        "choice": "filtered has the least quantile loss.", "reason": None, "cost": None,
    } | other  # fmt: skip


def unknown(symbol: str, reason: str) -> dict:
    return forecast(symbol, value_at_risk=None, expected_shortfall=None, light=None, reason=reason)


def event(kind: str, level: str, sentence: str) -> dict:
    return {"kind": kind, "level": level, "sentence": sentence}


@pytest.fixture
def add(empty_lake: DuckDBPyConnection, sample: ModuleType) -> Callable[..., None]:
    """Add a row of the sample's day to a table of scores."""

    def added(table: str, **row: Any) -> None:
        sample.insert(empty_lake, f"scores.{table}", trade_day=sample.DAY, **row)

    return added


def section(document: str) -> str:
    (found,) = re.findall('(?s)<section id="value-at-risk">.*?</section>', document)
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", found))


def test_symbols_without_a_forecast_are_counted_by_reason() -> None:
    found = section_of(
        [
            unknown("AAA-USDT", "not enough days (3 of 100)"),
            unknown("BBB-USDT", "not enough days (3 of 100)"),
            forecast("CCC-USDT", level=0.975), forecast("CCC-USDT", level=0.99),
            unknown("DDD-USDT", "not enough days (9 of 100)"),
        ],
        [],
    )  # fmt: skip
    assert [one.symbol for one in found.symbols] == [("north", "CCC-USDT")]
    assert found.levels == [0.975, 0.99]
    assert found.missing == [
        ("1 day", "not enough days (3 of 100)", 2), ("1 day", "not enough days (9 of 100)", 1)
    ]  # fmt: skip


def test_passed_limits_and_extremes_are_apart() -> None:
    found = section_of(
        [], [event("limit_breach", "HIGH", "above"), event("volatility", "EXTREME", "wild")]
    )
    assert [row["sentence"] for row in found.breaches] == ["above"]
    assert [row["sentence"] for row in found.extremes] == ["wild"]


def test_a_day_without_rows_says_that_nothing_was_computed(
    empty_lake: DuckDBPyConnection, render: Render
) -> None:
    assert "Value at risk was not computed for this day." in section(render(empty_lake))


@pytest.mark.slow
def test_the_chosen_method_is_shown_with_its_light_and_why(
    empty_lake: DuckDBPyConnection,
    render: Render,
    add: Callable[..., None],
    sample: ModuleType,
) -> None:
    key = {"venue": "north", "symbol": "CCC-USDT", "horizon": "1 day", "level": 0.99}
    shown = {"value_at_risk": 0.0712, "expected_shortfall": 0.0934, "is_exceeded": True}
    add("value_at_risk", **key, **shown, method="filtered", is_chosen=True, choice="Least loss.")
    add("value_at_risk", **key, method="weighted", value_at_risk=0.5, is_chosen=False)
    add("var_backtests", **key, method="filtered", light="yellow", sentence="5 of 250 days lost.")
    add("var_backtests", **key, method="weighted", light="red", sentence="Not this one.")
    sample.insert(
        empty_lake, "marts.liquidity_days", venue="north", symbol="CCC-USDT", trade_day=sample.DAY,
        spread_cost=0.002, impact_cost=None,
    )  # fmt: skip
    few = {"value_at_risk": None, "reason": "not enough hours (3 of 100)"}
    add("value_at_risk", **key | {"horizon": "1 hour"}, **few, method="filtered", is_chosen=True)
    add(
        "risk_events", kind="limit_breach", level="HIGH", venue="north", symbol="CCC-USDT",
        start_at=MIDNIGHT, sentence="<b>amihud</b> was 3, above the limit of 2.",
    )  # fmt: skip
    add("risk_events", kind="volatility", level="HIGH", start_at=MIDNIGHT, sentence="Not extreme.")
    document = render(empty_lake)
    text = section(document)
    assert "&lt;b&gt;amihud&lt;/b&gt; was 3, above the limit of 2." in document
    assert re.search(r"7\.12.% passed 9\.34.% filtered, yellow How it was chosen", text)
    assert re.search(r"and tested 99.% Least loss\. 5 of 250 days lost\.", text)
    # 7.12 % of loss, .2 % of a bad spread
    assert re.search(r"selling 100,000 US dollars in five minutes, 0\.2.%: 7\.32.%\.", text)
    assert "Not this one" not in text
    assert "No value at risk of 1 hour for 1 symbol: not enough hours (3 of 100)." in text
    assert "Not extreme" not in text
