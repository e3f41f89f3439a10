# ruff: noqa: RUF001 (dashes, minus and multiplication signs as a printer sets them)
"""Numbers as people read them."""

from collections.abc import Callable
from datetime import date, datetime

import pytest

from reports import numbers


@pytest.mark.parametrize(
    ("write", "value", "text"),
    [
        (numbers.price, 0.00000123, "0.00000123"),
        (numbers.price, 67_268.9, "67,268.90"),
        (numbers.price, 3.1e-14, "3.1e-14"),
        (numbers.price, -1.5, "-1.50"),
        (numbers.price, None, "-"),
        (numbers.number, 12.3456, "12.35"),
        (numbers.number, 60_000.47, "60,000"),
        (numbers.number, 2_225_413.7, "2,225,410"),
        (numbers.number, 0.0, "0"),
        (numbers.number, 2.5e-7, "0.00000025"),
        (numbers.number, float("inf"), "inf"),
        (numbers.number, float("nan"), "-"),
        (numbers.amount, 2_225_413.7, "2,225,410"),
        (numbers.amount, 999_600.0, "999,600"),
        (numbers.amount, 4_175.754, "4,175.75"),
        (numbers.amount, 0.0521, "0.0521"),
        (numbers.probability, 0.0123, "0.012"),
        (numbers.probability, 3.1e-7, "3.1e-7"),
        (numbers.probability, 0.0, "< 1e-300"),
        (numbers.percent, 0.543, "54.3 %"),
        (numbers.signed_percent, 0.0294, "+2.94 %"),
        (numbers.signed, -1.6, "-1.6"),
        (numbers.duration, 17_220.0, "4 h 47 min"),
        (numbers.duration, 45.0, "45 s"),
        (numbers.count, 539_535, "539,535"),
    ],
)
def test_a_number_is_written_for_people(
    write: Callable[[float | None], str], value: float | None, text: str
) -> None:
    assert write(value) == text


@pytest.mark.parametrize(
    ("value", "digits", "written"),
    [
        (2_225_413.7, 6, "2,225,410"),
        (4175.75, 6, "4,175.75"),
        (1234567890123.0, 3, "1,230,000,000,000"),
        (0.00000123456, 3, "0.00000123"),
        (0.18432, 2, "0.18"),
        (9.9996, 3, "10"),
        (99.96, 3, "100"),
        (48.0, 3, "48"),
        (1200.0, 3, "1,200"),
        (-0.05, 2, "-0.05"),
        (0.0, 6, "0"),
        (0, 6, "0"),
        (-0.0, 6, "0"),
        (3e-12, 2, "3e-12"),
        (1e18, 3, "1e18"),
        (float("inf"), 3, "inf"),
    ],
)
def test_a_number_has_its_significant_digits_and_no_exponent(
    value: float, digits: int, written: str
) -> None:
    assert numbers.significant(value, digits) == written


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("usual_notional_per_hour", 2_225_413.7, "2,225,410"),
        ("notional_usd", 4_175.754, "4,175.75"),
        ("notional_score", 12.3456, "12.35"),
        ("log_notional_median", 12.3456, "12.35"),
        ("peak_price", 0.00000224, "0.00000224"),
        ("price_before", 67_104.2, "67,104.20"),
        ("p_value", 3.1e-44, "3.1e-44"),
        ("baseline_minutes", 1_234_567, "1,234,567"),
        ("fall", -0.0331, "-0.0331"),
    ],
)
def test_a_measured_value_is_written_as_its_name_says(name: str, value: float, text: str) -> None:
    assert numbers.measured(name, value) == text


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("3.1e-44", "3.1 × 10⁻⁴⁴"),
        ("1e18", "1 × 10¹⁸"),
        ("-1.50", "−1.50"),
        ("-inf", "−∞"),
        ("2,225,410", "2,225,410"),
        ("-", "–"),
    ],
)
def test_a_document_prints_a_number_with_the_signs_of_a_printer(text: str, printed: str) -> None:
    assert numbers.typeset(text) == printed


def test_prices_beside_each_other_have_the_same_decimals() -> None:
    decimals = numbers.price_decimals(0.0000012172)
    assert numbers.price(0.0000012172, decimals) == "0.00000121720"
    assert numbers.price(0.00000232773, decimals) == "0.00000232773"


def test_a_time_names_its_date_only_where_it_is_another_day() -> None:
    day = date(2024, 3, 15)
    start_at, end_at = datetime(2024, 3, 14, 23, 50), datetime(2024, 3, 16)
    assert numbers.span(start_at, end_at, day) == "14 Mar 23:50:00 – 24:00:00"
    assert numbers.moment(datetime(2024, 3, 15, 9, 41, 15, 250_000), day) == "09:41:15.25"
