"""Severity grows with rarity and money, and stops at what the data can tell."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.alerts.severity import ORDER, severity
from assets.detection.detector import DataTier

amounts = st.none() | st.floats(0, 1e9)
probabilities = st.none() | st.floats(0, 1)
tiers = st.sampled_from(["trades", "accounts", "orders", "transfers", "model"])


@given(probabilities, amounts, amounts, amounts)
def test_trades_alone_are_never_critical(
    p_value: float | None, notional: float | None, usd: float | None, usual: float | None
) -> None:
    assert severity(p_value, notional, usd, usual, "trades") != "critical"


@given(st.floats(0, 1), st.floats(0, 1), amounts, tiers)
def test_the_rarer_is_never_the_less_grave(
    one: float, other: float, usd: float | None, tier: DataTier
) -> None:
    rarer, commoner = sorted((one, other))

    grades = [severity(p_value, None, usd, None, tier) for p_value in (commoner, rarer)]
    assert ORDER.index(grades[0]) <= ORDER.index(grades[1])


@given(probabilities, st.floats(0, 1e9), st.floats(0, 1e9), tiers)
def test_more_money_is_never_the_less_grave(
    p_value: float | None, one: float, other: float, tier: DataTier
) -> None:
    grades = [severity(p_value, None, usd, None, tier) for usd in sorted((one, other))]
    assert ORDER.index(grades[0]) <= ORDER.index(grades[1])


@pytest.mark.parametrize(
    ("p_value", "usd", "grade"),
    [
        (0.01, 5_000, "low"),
        (1e-3, 5_000, "low"),
        (1e-3, 10_000, "medium"),
        (1e-6, 100_000, "high"),
        (1e-9, 1_000_000, "critical"),
    ],
)
def test_each_step_is_a_point(p_value: float, usd: float, grade: str) -> None:
    assert severity(p_value, None, usd, None, "accounts") == grade


def test_without_dollars_the_money_is_weighed_in_usual_days() -> None:
    assert severity(1e-9, 30.0, None, 100.0, "accounts") == "critical"
    assert severity(1e-9, 0.5, None, 100.0, "accounts") == "medium"
    assert severity(1e-9, 30.0, 5_000.0, 100.0, "accounts") == "medium"


def test_what_is_unknown_counts_as_the_first_step() -> None:
    assert severity(None, None, None, None, "trades") == "medium"
