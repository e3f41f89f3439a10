"""Volatility and rolling statistics against a plain reading of their definitions."""

import math
from bisect import bisect_left
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import fmean, median, stdev
from typing import Any

import pytest

Rows = list[dict[str, Any]]
Series = dict[datetime, float]
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
SYMBOLS = ("AAA-USDT", "BBB-BTC")


def of_symbol(rows: Rows, symbol: str) -> dict[datetime, dict[str, Any]]:
    """Its rows by the start of their cell, in order."""
    chosen = [row for row in rows if row["symbol"] == symbol]
    return {row["cell_start_at"]: row for row in sorted(chosen, key=lambda r: r["cell_start_at"])}


def returns_of(bars: dict[datetime, dict[str, Any]], at_most: timedelta) -> Series:
    """Log returns from the last earlier bar, where it is not too old."""
    times = list(bars)
    return {
        now: math.log(bars[now]["close"] / bars[before]["close"])
        for before, now in pairwise(times)
        if now - before <= at_most
    }


class Between:
    """The values of a series in a half-open stretch of time."""

    def __init__(self, series: Series) -> None:
        self.series = series
        self.times = sorted(series)

    def __call__(self, start_at: datetime, end_at: datetime) -> list[float]:
        chosen = self.times[bisect_left(self.times, start_at) : bisect_left(self.times, end_at)]
        return [self.series[at] for at in chosen]


def close_to(expected: float | None) -> Any:
    return None if expected is None else pytest.approx(expected, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_sigma_weighs_the_returns_of_the_day_before(symbol: str, at_once: dict[str, Rows]) -> None:
    returns = returns_of(of_symbol(at_once["bars_5m"], symbol), DAY)
    between = Between(returns)

    for at, row in of_symbol(at_once["price_volatility_5m"], symbol).items():
        history = between(at - DAY, at)
        weights = [0.97**age for age in range(len(history))]
        squares = [value**2 for value in reversed(history)]
        expected = (
            math.sqrt(sum(map(math.prod, zip(weights, squares, strict=True))) / sum(weights))
            if history
            else None
        )
        assert row["log_return"] == returns.get(at)
        assert row["return_count"] == len(history)
        assert row["sigma_5m"] == close_to(expected)
        factor = row["time_of_day_factor"]
        assert row["sigma_scaled"] == close_to(None if expected is None else expected * factor)


@pytest.mark.slow
@pytest.mark.parametrize("symbol", SYMBOLS)
def test_the_time_of_day_factor_compares_like_hours_of_14_days(
    symbol: str, at_once: dict[str, Rows]
) -> None:
    returns = returns_of(of_symbol(at_once["bars_5m"], symbol), DAY)
    between = Between(returns)
    reasons = set()

    for at, row in of_symbol(at_once["price_volatility_5m"], symbol).items():
        samples, days = same_time_of_day(between, at)
        midnight = datetime.combine(at.date(), datetime.min.time())
        overall = between(midnight - 14 * DAY, midnight)
        usual = median(map(abs, overall)) if overall else 0
        if days < 10:
            expected, reason = 1, "fewer than 10 days"
        elif usual == 0:
            expected, reason = 1, "price did not move"
        else:
            expected, reason = median(map(abs, samples)) / usual, None
        assert (row["time_of_day_factor"], row["time_of_day_reason"]) == (
            close_to(expected),
            reason,
        )
        reasons.add(reason)
    assert len(reasons) == 2


def same_time_of_day(between: Between, at: datetime) -> tuple[list[float], int]:
    """Returns within 15 minutes of the time of day on the 14 days before, and how many days."""
    days = [
        between(at - count * DAY - 15 * MINUTE, at - count * DAY + 16 * MINUTE)
        for count in range(1, 15)
    ]
    return [value for values in days for value in values], sum(bool(values) for values in days)


def histories(
    symbol: str, at_once: dict[str, Rows]
) -> Iterator[tuple[datetime, dict[str, Any], dict[str, Between], Series]]:
    """Each rolling row with the series that it is made of."""
    bars = of_symbol(at_once["bars_1m"], symbol)
    returns = returns_of(bars, 60 * MINUTE)
    series = {
        "price": Between({at: bar["close"] for at, bar in bars.items()}),
        "log_return": Between(returns),
        "volume": Between({at: float(bar["quantity"]) for at, bar in bars.items()}),
    }
    rows = of_symbol(at_once["price_rolling_1m"], symbol)
    assert rows.keys() == bars.keys()
    for at, row in rows.items():
        yield at, row, series, returns


@pytest.mark.slow
@pytest.mark.parametrize("symbol", SYMBOLS)
def test_z_scores_are_of_the_hour_before_the_minute(symbol: str, at_once: dict[str, Rows]) -> None:
    for at, row, series, _ in histories(symbol, at_once):
        assert row["history_count"] == len(series["price"](at - 60 * MINUTE, at))
        for name, between in series.items():
            history = between(at - 60 * MINUTE, at)
            deviation = stdev(history) if len(history) > 1 else None
            now = between.series.get(at)
            score = (now - fmean(history)) / deviation if deviation and now is not None else None
            assert row[f"rolling_{name}_std"] == close_to(deviation)
            assert row[f"{name}_z_score"] == close_to(score)


@pytest.mark.slow
@pytest.mark.parametrize("symbol", SYMBOLS)
def test_the_other_measures_end_with_the_minute(symbol: str, at_once: dict[str, Rows]) -> None:
    for at, row, series, _ in histories(symbol, at_once):
        price, end_at = series["price"], at + MINUTE
        for count in (10, 30, 60):
            squares = [value**2 for value in series["log_return"](end_at - count * MINUTE, end_at)]
            expected = math.sqrt(math.fsum(squares)) if squares else None
            assert row[f"realised_volatility_{count}m"] == close_to(expected)
        for count in (5, 20, 60):
            mean = fmean(price(end_at - count * MINUTE, end_at))
            assert row[f"moving_average_{count}m"] == close_to(mean)
        earlier = price(at - 70 * MINUTE, at - 9 * MINUTE)
        momentum = price.series[at] / earlier[-1] - 1 if earlier else None
        assert row["momentum_10m"] == close_to(momentum)


def test_a_price_that_never_moves_has_no_z_score(at_once: dict[str, Rows]) -> None:
    rows = of_symbol(at_once["price_rolling_1m"], "BBB-BTC").values()

    assert {row["price_z_score"] for row in rows} == {None}
    assert {row["rolling_price_std"] for row in rows} == {None, 0.0}
