"""Value at risk of a symbol's days: what a return joins, what a forecast knows, what is chosen."""

from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np
import pytest
from duckdb import DuckDBPyConnection

from assets.market.window import Window
from assets.risk.back_tests import BackTest, Series, back_test, chosen
from assets.risk.returns import daily, hourly, returns_of_markets
from assets.risk.value_at_risk import LEVELS, RiskForecasts, ValueAtRisk, forecasts_of
from ml.value_at_risk import LEAST_RETURNS, METHODS, Forecasts
from tests.risk.conftest import AddHours

FIRST = datetime(2026, 1, 1)
WANTED = 2 * len(LEVELS) * len(METHODS)


def walk(hours: int, seed: int = 1) -> list[float]:
    steps = np.random.default_rng(seed).standard_t(4, hours) * 0.005
    return (100 * np.exp(np.cumsum(steps))).tolist()


def day(number: int) -> date:
    return FIRST.date() + timedelta(days=number)


def one(
    found: RiskForecasts, day: date, horizon: str, level: float, method: str
) -> tuple[ValueAtRisk, BackTest]:
    key = (day, horizon, level, method)
    (forecast,) = [
        row for row in found.values_at_risk
        if (row.trade_day, row.horizon, row.level, row.method) == key
    ]  # fmt: skip
    (test,) = [
        row for row in found.back_tests
        if (row.trade_day, row.horizon, row.level, row.method) == key
    ]  # fmt: skip
    return forecast, test


def test_a_return_joins_periods_that_follow_each_other() -> None:
    hours = np.array(
        ["2026-01-01T22", "2026-01-01T23", "2026-01-02T20", "2026-01-03T05", "2026-01-04T23",
         "2026-01-05T23", "2026-01-06T19"], "datetime64[h]",
    )  # fmt: skip
    closes = np.array([100.0, 110, 121, 200, 100, 90, 45])
    found = daily(hours, closes, datetime(2026, 1, 6, 20))
    # the third ends at five, so neither it nor the fourth has a return; the sixth is not over
    assert found.days.tolist() == [date(2026, 1, 2), date(2026, 1, 5)]
    assert found.values == pytest.approx([0.1, -0.1])
    by_hour = hourly(hours, closes)
    assert by_hour.values == pytest.approx([0.1])
    assert (by_hour.before(date(2026, 1, 1)), by_hour.until(date(2026, 1, 1))) == (0, 1)


def test_no_day_has_no_return() -> None:
    none = np.array([], "datetime64[h]")
    assert len(daily(none, np.array([]), FIRST).values) == 0


def test_a_lake_of_one_day_says_so(market: DuckDBPyConnection, add_hours: AddHours) -> None:
    add_hours(FIRST, walk(24))
    found = forecasts_of(market, Window.of_day(day(0)))
    assert len(found.values_at_risk) == len(found.back_tests) == WANTED
    forecast, test = one(found, day(0), "1 day", 0.99, "filtered")
    assert (forecast.value_at_risk, forecast.is_exceeded) == (None, None)
    assert forecast.reason == "not enough days (0 of 100)"
    assert forecast.is_chosen
    assert forecast.choice == "filtered by default: not enough days (0 of 250) to choose by."
    assert (test.light, test.reason) == (None, "not enough days (0 of 250)")
    assert test.coverage_exact_p is None
    hour, _ = one(found, day(0), "1 hour", 0.975, "historical")
    assert (hour.return_count, hour.reason) == (22, "not enough hours (22 of 100)")


def test_no_trades_have_no_rows(market: DuckDBPyConnection) -> None:
    assert forecasts_of(market, Window.of_day(day(0))) == RiskForecasts([], [])


@pytest.mark.slow
def test_a_forecast_is_that_of_the_returns_before_its_day(
    market: DuckDBPyConnection, add_hours: AddHours
) -> None:
    closes = np.array(walk(24 * 130))
    add_hours(FIRST, closes.tolist())
    last = day(129)
    found = forecasts_of(market, Window.of_day(last))
    forecast, test = one(found, last, "1 day", 0.975, "historical")
    prices = closes[23::24]
    returns = prices[1:] / prices[:-1] - 1
    before = returns[:-1]
    assert forecast.value_at_risk == pytest.approx(-np.quantile(before, 0.025, method="weibull"))
    lowest = np.sort(before)[: int(0.025 * (len(before) + 1))]
    assert forecast.expected_shortfall == pytest.approx(-lowest.mean())
    assert (forecast.return_count, forecast.realised_return) == (128, pytest.approx(returns[-1]))
    assert forecast.is_exceeded == (-returns[-1] > (forecast.value_at_risk or 0))
    assert test.forecast_count == 129 - LEAST_RETURNS
    hour, test = one(found, last, "1 hour", 0.99, "historical")
    by_hour = closes[1:] / closes[:-1] - 1
    assert hour.value_at_risk == pytest.approx(
        -np.quantile(by_hour[-366:-1], 0.01, method="weibull")
    )
    assert (hour.forecast_count, test.forecast_count) == (24, 2_160)
    exceeded = [
        -by_hour[n] > -np.quantile(by_hour[n - 365 : n], 0.01, method="weibull")
        for n in range(len(by_hour) - 2_160, len(by_hour))
    ]
    assert (test.exceedance_count, hour.exceedance_count) == (sum(exceeded), sum(exceeded[-24:]))


@pytest.mark.slow
def test_days_are_the_same_alone_and_together(
    market: DuckDBPyConnection, add_hours: AddHours
) -> None:
    closes = walk(24 * 112)
    add_hours(FIRST, closes)
    # a second symbol with a week that was not seen
    add_hours(FIRST, closes[: 24 * 104], "BBB-USDT")
    add_hours(FIRST + timedelta(days=111), closes[:24], "BBB-USDT")
    together = forecasts_of(market, Window.of_days(day(103), day(111)))
    alone = [forecasts_of(market, Window.of_day(day(n))) for n in range(103, 112)]
    rows = [row for found in alone for row in (*found.values_at_risk, *found.back_tests)]
    assert Counter(rows) == Counter([*together.values_at_risk, *together.back_tests])
    gap = [
        row
        for row in together.values_at_risk
        if (row.symbol, row.trade_day) == ("BBB-USDT", day(111)) and row.horizon == "1 day"
    ]
    assert len(gap) == len(LEVELS) * len(METHODS)
    # a forecast is known, what came of it is not
    assert {(row.realised_return, row.is_exceeded, row.forecast_count) for row in gap} == {
        (None, None, 0)
    }
    assert all(row.value_at_risk for row in gap)
    assert Counter(
        (row.symbol, row.trade_day, row.horizon, row.level)
        for row in together.values_at_risk
        if row.is_chosen
    ).most_common(1)[0][1] == 1  # fmt: skip


@pytest.mark.slow
def test_a_later_price_changes_no_forecast_before_it(
    market: DuckDBPyConnection, add_hours: AddHours
) -> None:
    add_hours(FIRST, walk(24 * 105))
    window = Window.of_days(day(102), day(104))
    before = forecasts_of(market, window).values_at_risk
    market.execute(
        "update lake.features.bars_1h set close = close / 2 where cell_start_at = ?",
        [FIRST + timedelta(days=103, hours=23)],
    )
    after = forecasts_of(market, window).values_at_risk
    forecast_of = [(row.value_at_risk, row.choice) for row in before if row.horizon == "1 day"]
    changed = [(row.value_at_risk, row.choice) for row in after if row.horizon == "1 day"]
    per_level = [n for n, row in enumerate(r for r in before if r.horizon == "1 day")
                 if row.trade_day <= day(103)]  # fmt: skip
    assert [forecast_of[n] for n in per_level] == [changed[n] for n in per_level]
    assert forecast_of != changed


@pytest.mark.parametrize(
    ("exceeded", "light"), [(0, "green"), (4, "green"), (5, "yellow"), (9, "yellow"), (10, "red")]
)
def test_a_light_is_that_of_the_basel_table(exceeded: int, light: str) -> None:
    returns = np.full(LEAST_RETURNS + 250, 0.01)
    returns[LEAST_RETURNS : LEAST_RETURNS + exceeded] = -0.2
    found = back_test(series_of(returns), day(0), len(returns))
    assert (found.light, found.exceedance_count, found.reason) == (light, exceeded, None)
    assert found.expected_count == pytest.approx(2.5)
    assert found.sentence.startswith(
        f"{exceeded} of 250 days lost more than the value at risk, where 2.5 are expected: {light};"
    )


def test_too_few_forecasts_have_no_light() -> None:
    returns = np.full(LEAST_RETURNS + 249, 0.01)
    found = back_test(series_of(returns), day(0), len(returns))
    assert (found.light, found.reason) == (None, "not enough days (249 of 250)")
    assert found.number_exact_p is not None


def test_a_loss_after_no_move_has_no_shortfall_ratio() -> None:
    returns = np.zeros(LEAST_RETURNS + 250)
    still = Forecasts(np.zeros(len(returns) + 1), np.zeros(len(returns) + 1))
    found = back_test(replace(series_of(returns), forecasts=still), day(0), len(returns))
    assert (found.exceedance_count, found.shortfall_statistic, found.light) == (0, 1, "green")
    returns[-1] = -0.5
    found = back_test(replace(series_of(returns), forecasts=still), day(0), len(returns))
    assert (found.exceedance_count, found.shortfall_statistic, found.shortfall_p) == (1, None, None)


def series_of(returns: np.ndarray) -> Series:
    """Forecasts of 10 % value at risk and 15 % shortfall at 99 %."""
    var, es = np.full(len(returns) + 1, 0.1), np.full(len(returns) + 1, 0.15)
    return Series("test", "AAA-USDT", "1 day", 0.99, "historical", returns, Forecasts(var, es))


def test_the_choice_is_the_least_loss_of_what_is_not_rejected() -> None:
    returns = np.full(LEAST_RETURNS + 250, 0.01)
    passed = back_test(series_of(returns), day(0), len(returns))
    rejected = replace(passed, coverage_exact_p=0.049)
    tests = {
        "historical": replace(passed, quantile_loss=0.3),
        "weighted": replace(rejected, quantile_loss=0.1),
        "filtered": replace(passed, quantile_loss=0.2),
    }
    assert chosen(tests) == (
        "filtered",
        "filtered has the least quantile loss over 250 days, of what conditional coverage does not "
        "reject: historical, filtered.",
    )
    every = {name: replace(test, coverage_exact_p=0.01) for name, test in tests.items()}
    assert chosen(every) == (
        "weighted",
        "weighted has the least quantile loss over 250 days; conditional coverage rejects every "
        "method at 5 %.",
    )
    few = {name: replace(test, light=None, reason="not enough days (3 of 250)")
           for name, test in tests.items()}  # fmt: skip
    assert chosen(few) == (
        "filtered", "filtered by default: not enough days (3 of 250) to choose by."
    )  # fmt: skip


def test_markets_are_apart(market: DuckDBPyConnection, add_hours: AddHours) -> None:
    add_hours(FIRST, [1, 2, 4])
    add_hours(FIRST, [100, 50], "BBB-USDT")
    found = {one.symbol: one for one in returns_of_markets(market, datetime(2026, 1, 2))}
    assert found["AAA-USDT"].by_horizon["1 hour"].values.tolist() == [1, 1]
    assert found["BBB-USDT"].by_horizon["1 hour"].values.tolist() == [-0.5]
    assert found["AAA-USDT"].days == [day(0)]
