"""Volatility, moments, tails and drawdown of a symbol's returns, beside their formulas."""

from datetime import date, datetime, timedelta

import numpy as np
import pytest
from duckdb import DuckDBPyConnection

from assets.market.window import Window
from assets.risk.return_shapes import DayRange, deepest_fall, shapes_of
from ml.tails import hill
from tests.risk.conftest import AddHours

FIRST = datetime(2026, 1, 1)


def test_the_shape_of_thirty_days(market: DuckDBPyConnection, add_hours: AddHours) -> None:
    closes = 100 * np.exp(np.cumsum(np.random.default_rng(2).standard_t(3, 720) * 0.01))
    add_hours(FIRST, closes.tolist())
    (found,) = shapes_of(market, Window.of_day(FIRST.date() + timedelta(days=29)))
    days = closes[23::24][1:] / closes[23::24][:-1] - 1
    variance = np.mean(days[:20] ** 2)
    for one in days:
        variance = 0.94 * variance + 0.06 * one**2
    assert found.ewma_volatility == pytest.approx(np.sqrt(365 * variance))
    hours = closes[1:] / closes[:-1] - 1
    centred = hours - hours.mean()
    assert found.skewness == pytest.approx(np.mean(centred**3) / np.mean(centred**2) ** 1.5)
    assert found.excess_kurtosis == pytest.approx(
        np.mean(centred**4) / np.mean(centred**2) ** 2 - 3
    )
    assert (found.lower_tail_index, found.upper_tail_index) == (hill(-hours), hill(hours))
    assert (found.day_count, found.hour_count, found.seen_days_365d) == (29, 719, 30)
    assert (found.volatility_reason, found.shape_reason) == (None, None)


def test_one_day_has_a_drawdown_and_says_what_it_lacks(
    market: DuckDBPyConnection, add_hours: AddHours
) -> None:
    add_hours(FIRST, [100, 90])
    market.execute("update lake.marts.symbol_days set max_drawdown = 0.1")
    (found,) = shapes_of(market, Window.of_day(FIRST.date()))
    assert (found.drawdown_30d, found.drawdown_365d) == (0.1, 0.1)
    assert (found.ewma_volatility, found.skewness, found.lower_tail_index) == (None, None, None)
    assert found.volatility_reason == "not enough days (0 of 20)"
    assert found.shape_reason == "not enough hours (1 of 400)"


def test_a_price_that_never_moved_has_no_shape(
    market: DuckDBPyConnection, add_hours: AddHours
) -> None:
    add_hours(FIRST, [5.0] * 500)
    (found,) = shapes_of(market, Window.of_day(FIRST.date() + timedelta(days=20)))
    assert found.shape_reason == "the price did not move"
    assert (found.skewness, found.upper_tail_index) == (None, None)


def ranged(*days: tuple[float, float, float]) -> list[DayRange]:
    return [DayRange(date(2026, 1, n), *prices) for n, prices in enumerate(days, 1)]


@pytest.mark.parametrize(
    ("days", "deepest"),
    [
        pytest.param([(90, 100, 0.05)], 0.05, id="of a day its own"),
        pytest.param([(90, 100, 0.0), (60, 80, 0.1)], 0.4, id="a low under yesterday's high"),
        pytest.param([(90, 100, 0.3), (95, 120, 0.0)], 0.3, id="deepest within a day"),
        pytest.param([(10, 20, 0.0), (40, 50, 0.0)], 0.0, id="a rise is none"),
        pytest.param([(50, 100, 0.0), (99, 99, 0.0), (60, 70, 0.0)], 0.4, id="from the highest"),
        pytest.param([], 0.0, id="nothing seen"),
    ],
)
def test_a_drawdown_is_within_days_and_between_them(
    days: list[tuple[float, float, float]], deepest: float
) -> None:
    assert deepest_fall(ranged(*days)) == pytest.approx(deepest)


def test_a_month_forgets_what_a_year_remembers(
    market: DuckDBPyConnection, add_hours: AddHours
) -> None:
    add_hours(FIRST, [100.0])
    add_hours(FIRST + timedelta(days=40), [50.0])
    (found,) = shapes_of(market, Window.of_day(FIRST.date() + timedelta(days=40)))
    assert (found.drawdown_30d, found.drawdown_365d) == (0.0, 0.5)
