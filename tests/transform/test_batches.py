"""A window's days in as few builds as hold them."""

from datetime import date, timedelta

import pytest

from assets.market.window import Window
from assets.transform.asset import batches

FIRST = date(2024, 8, 8)
THREE_DAYS = Window.of_days(FIRST, FIRST + timedelta(days=2))


def days_of(costs: dict[int, float], window: Window = THREE_DAYS) -> list[list[int]]:
    parts = batches(window, {FIRST + timedelta(days=n): cost for n, cost in costs.items()})
    return [[(day - FIRST).days for day in part.days] for part in parts]


@pytest.mark.parametrize(
    ("costs", "parts"),
    [
        ({}, [[0, 1, 2]]),
        ({1: 0.1}, [[0, 1, 2]]),
        ({1: 1.5}, [[0], [1], [2]]),
        ({0: 0.6, 1: 0.6}, [[0], [1, 2]]),
        ({0: 0.4, 1: 0.4, 2: 0.4}, [[0, 1], [2]]),
        ({0: 3.0}, [[0], [1, 2]]),
    ],
)
def test_no_build_holds_more_than_one_but_a_day_that_fills_it(
    costs: dict[int, float], parts: list[list[int]]
) -> None:
    assert days_of(costs, THREE_DAYS) == parts


def test_a_part_of_a_day_stays_that_part() -> None:
    morning = Window(THREE_DAYS.start_at, THREE_DAYS.start_at + timedelta(hours=9))
    assert batches(morning, {}) == [morning]
