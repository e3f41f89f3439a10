"""The evaluation of value at risk: simulated days, hours of trades, what is inside a band."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom, kurtosis

from assets.evaluation.value_at_risk import (
    HOUR_MS,
    band,
    coverage,
    evaluate_value_at_risk,
    garch_days,
    returns_of_hours,
)
from assets.simulation.statistics import Trades


def test_simulated_days_have_the_volatility_and_the_tails_they_state() -> None:
    days = np.concatenate([garch_days(seed, 4_000) for seed in range(5)])
    assert days.std() == pytest.approx(0.03, rel=0.1)
    assert kurtosis(days) > 5
    # large moves follow large ones, whatever their sign
    assert np.corrcoef(days[1:] ** 2, days[:-1] ** 2)[0, 1] > 0.05
    assert abs(np.corrcoef(days[1:], days[:-1])[0, 1]) < 0.05
    np.testing.assert_array_equal(garch_days(1, 10), garch_days(1, 20)[:10])


@pytest.mark.parametrize(("count", "p"), [(250, 0.01), (1_900, 0.01), (1_900, 0.025)])
def test_a_band_has_what_a_right_model_has_in_95_of_100_cases(count: int, p: float) -> None:
    least, most = band(count, p)
    assert binom.cdf(most, count, p) - binom.cdf(least - 1, count, p) >= 0.95
    assert binom.cdf(least - 1, count, p) <= 0.025
    assert binom.sf(most, count, p) <= 0.025


def test_hours_join_their_last_prices() -> None:
    at = [0.1, 0.9, 1.5, 2.2, 4.0, 5.9]
    prices = [1.0, 100, 110, 99, 50, 60]
    trades = Trades(
        (np.array(at) * HOUR_MS).astype(np.int64), np.array(prices), np.ones(6), np.ones(6)
    )
    # nothing is known of the hour before the fifth trade's
    assert returns_of_hours(trades) == pytest.approx([0.1, -0.1, 0.2])
    none = Trades(*[np.array([], np.int64)] * 4)
    assert len(returns_of_hours(none)) == 0


def test_exceedances_are_counted_where_there_is_a_forecast() -> None:
    returns = np.full(150, 0.01)
    returns[:100] = np.linspace(-0.05, 0.05, 100)
    returns[[110, 120]] = -0.2
    found = coverage("real hours", [returns, returns[:50]], 0.975, "historical")
    assert (found.series, found.forecasts, found.exceedances) == (1, 50, 2)
    assert found.expected == pytest.approx(1.25)
    assert found.series_inside == 1


def test_filtered_history_alone_must_be_inside() -> None:
    (*_, found) = evaluate_value_at_risk(1_000_000, seeds=1)
    assert (found.source, found.method, found.level) == ("simulated days", "filtered", 0.99)
    row = replace(found, series=30, series_inside=27)
    assert row.is_as_demanded
    assert not replace(row, series_inside=26).is_as_demanded
    assert replace(row, series_inside=0, method="weighted").is_as_demanded
    assert replace(row, series_inside=0, source="real hours").is_as_demanded
