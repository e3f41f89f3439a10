"""How a day's measures compare: which basis is used, how sure it is, and what it says."""

from datetime import date, timedelta
from math import sqrt
from typing import Any

import pytest

from assets.risk.comparison import Part, certainty, compared, percentile
from assets.risk.inputs import MEASURES
from assets.risk.reference_days import LEVELS, Scale, scales
from assets.risk.reference_scales import scales_of

TODAY = date(2026, 3, 13)
NAMES = ("max_drawdown", "jump_share")
SCALES = {"max_drawdown": Scale(99, [float(level) for level in LEVELS])}


def day(drawdown: float | None, ago: int = 0, **others: float | None) -> dict[str, Any]:
    """A day of one measure, and of others by name; money compares as it is."""
    measured = {"max_drawdown": drawdown, "jump_share": None} | others
    across = {f"{name}_across": value for name, value in measured.items()}
    return {"trade_day": TODAY - timedelta(days=ago)} | measured | across


@pytest.mark.parametrize(("value", "share"), [(0, 0), (1, 0.125), (2.5, 0.5), (4, 0.875), (5, 1)])
def test_a_percentile_is_the_share_below(value: float, share: float) -> None:
    assert percentile(value, [1, 2, 3, 4]) == share


def test_a_day_like_all_others_stands_in_the_middle() -> None:
    assert percentile(0.0, [0.0] * 12) == 0.5


def test_a_certainty_grows_with_days_and_a_past_is_worth_most() -> None:
    assert certainty("past", 0) == 0
    assert certainty("past", 3) == pytest.approx(0.5)
    assert certainty("past", 99) == pytest.approx(0.9)
    by_basis = [certainty(basis, 99) for basis in ("past", "peers", "reference")]
    assert by_basis == pytest.approx([0.9, 0.675, 0.225])


def test_a_past_of_ten_days_comes_first() -> None:
    past = [day(n, ago=10 - n) for n in range(10)]
    peers = [day(0.0), day(9.0)]

    found = compared(day(4.5), past, peers, ["max_drawdown"], SCALES)

    assert found.value == 0.5
    assert found.certainty == pytest.approx(1 - 1 / sqrt(11))
    assert found.reason == "against its own 10 days before"


def test_two_symbols_of_a_day_compare_with_little_certainty() -> None:
    today = day(2.0)

    found = compared(today, [day(1.0, ago=1)], [today, day(1.0)], ["max_drawdown"], SCALES)

    assert found.value == 0.75
    assert found.certainty == pytest.approx(0.75 * (1 - 1 / sqrt(2)))
    assert found.reason == "among 2 symbols of the day (1 of 10 earlier days of its own)"


def test_alone_a_first_day_lies_on_the_scale_of_other_markets() -> None:
    today = day(0.675)

    found = compared(today, [], [today], ["max_drawdown"], SCALES)

    assert found.value == pytest.approx(0.675)
    assert found.certainty == pytest.approx(0.25 * 0.9)
    assert found.reason == (
        "beside 99 days of other markets "
        "(0 of 10 earlier days of its own, no other symbol to compare with)"
    )


def test_a_measure_that_the_day_lacks_lowers_the_certainty_and_is_named() -> None:
    today = day(0.675)

    found = compared(today, [], [today], NAMES, SCALES)

    assert found.value == pytest.approx(0.675)
    assert found.certainty == pytest.approx(0.25 * 0.9 / 2)
    assert found.reason is not None
    assert found.reason.endswith("; without jumps")


def test_without_any_basis_there_is_no_part() -> None:
    assert compared(day(1.0), [], [], ["max_drawdown"], {}) == Part(
        None,
        "0 of 10 earlier days of its own, no other symbol to compare with, no scale of drawdown",
        0.0,
    )
    assert compared(day(None), [], [], NAMES, SCALES) == Part(
        None, "not measured: drawdown, jumps", 0.0
    )


def test_a_year_ago_is_forgotten() -> None:
    old = [day(0.5, ago=366 + n) for n in range(20)]

    found = compared(day(0.5), old, [], ["max_drawdown"], SCALES)

    assert found.reason is not None
    assert "0 of 10 earlier days" in found.reason


def test_a_value_lies_between_the_quantiles_around_it() -> None:
    scale = Scale(100, [level**2 for level in LEVELS])

    assert scale.place(-1) == 0
    assert scale.place(0.25) == pytest.approx(0.5)
    # halfway from the square of 0.5 to that of 0.55
    assert scale.place((0.25 + 0.3025) / 2) == pytest.approx(0.525)
    assert scale.place(7) == 1


def test_a_value_that_many_days_have_lies_in_their_middle() -> None:
    scale = Scale(100, [0.0] * 11 + [float(n) for n in range(1, 11)])

    assert scale.place(0.0) == pytest.approx(0.25)
    assert scale.place(0.5) == pytest.approx(0.525)


def test_a_scale_is_of_the_whole_days_of_a_hundred_at_least() -> None:
    names = [name for names in MEASURES.values() for name in names]
    days: list[dict[str, Any]] = [
        {"seen_share": 1.0} | {f"{name}_across": float(n) for name in names} for n in range(101)
    ]
    brief = [day | {"seen_share": 0.5} for day in days]
    days[0]["max_drawdown_across"] = days[1]["max_drawdown_across"] = None

    found = scales_of([*days, *brief])

    assert found["matched_share"].day_count == 101
    assert found["matched_share"].quantiles == pytest.approx([5.0 * n for n in range(21)])
    assert "max_drawdown" not in found


def test_the_committed_scales_rise_and_cover_a_measure_of_each_part() -> None:
    for name, scale in scales().items():
        assert scale.day_count >= 100, name
        assert len(scale.quantiles) == len(LEVELS), name
        assert list(scale.quantiles) == sorted(scale.quantiles), name
    for part, names in MEASURES.items():
        assert set(names) & set(scales()), part
