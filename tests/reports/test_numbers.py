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
        (numbers.price, 3.1e-14, "3.1 × 10⁻¹⁴"),
        (numbers.price, -1.5, "−1.50"),
        (numbers.price, None, "–"),
        (numbers.number, 12.3456, "12.35"),
        (numbers.number, 1_204_000.0, "1,204,000"),
        (numbers.number, 0.0, "0"),
        (numbers.number, 2.5e-7, "2.5 × 10⁻⁷"),
        (numbers.number, float("inf"), "∞"),
        (numbers.number, float("nan"), "–"),
        (numbers.amount, 999_600.0, "1 M"),
        (numbers.amount, 418_300.0, "418 k"),
        (numbers.amount, 0.0521, "0.0521"),
        (numbers.probability, 0.0123, "0.012"),
        (numbers.probability, 3.1e-7, "3.1 × 10⁻⁷"),
        (numbers.probability, 0.0, "< 10⁻³⁰⁰"),
        (numbers.percent, 0.543, "54.3 %"),
        (numbers.signed_percent, 0.0294, "+2.94 %"),
        (numbers.signed, -1.6, "−1.6"),
        (numbers.duration, 17_220.0, "4 h 47 min"),
        (numbers.duration, 45.0, "45 s"),
        (numbers.count, 539_535, "539,535"),
    ],
)
def test_a_number_is_written_for_people(
    write: Callable[[float | None], str], value: float | None, text: str
) -> None:
    assert write(value) == text


def test_prices_beside_each_other_have_the_same_decimals() -> None:
    decimals = numbers.price_decimals(0.0000012172)
    assert numbers.price(0.0000012172, decimals) == "0.00000121720"
    assert numbers.price(0.00000232773, decimals) == "0.00000232773"


def test_a_time_names_its_date_only_where_it_is_another_day() -> None:
    day = date(2024, 3, 15)
    start_at, end_at = datetime(2024, 3, 14, 23, 50), datetime(2024, 3, 16)
    assert numbers.span(start_at, end_at, day) == "14 Mar 23:50:00 – 24:00:00"
    assert numbers.moment(datetime(2024, 3, 15, 9, 41, 15, 250_000), day) == "09:41:15.25"
