"""Value at risk by three ways: closed forms, what it may know, and its coverage on GARCH days."""

import numpy as np
import pytest
from scipy.stats import binom, norm

from ml.value_at_risk import (
    DECAY,
    LEAST_RETURNS,
    METHODS,
    SEED_RETURNS,
    WINDOW,
    filtered,
    historical,
    volatility,
    weighted,
)

Returns = np.ndarray


def garch(seed: int, count: int = 2_000) -> Returns:
    """Days of a GARCH(1,1) with Student's t of five degrees, 3 % a day."""
    random = np.random.default_rng(seed)
    shocks = random.standard_t(5, count) * np.sqrt(3 / 5)
    variance, returns = 0.03**2, np.empty(count)
    for day, shock in enumerate(shocks):
        returns[day] = np.sqrt(variance) * shock
        variance = 0.03**2 * 0.02 + 0.08 * returns[day] ** 2 + 0.90 * variance
    return returns


def test_history_gives_the_order_statistic_that_chance_exceeds_so_often() -> None:
    returns = np.random.default_rng(1).permutation(np.arange(1, 400)) / 100 - 2
    found = historical(returns, 0.025)
    last = np.sort(returns[-WINDOW:])
    # p (n + 1) = 9.15: between the ninth and the tenth
    assert found.value_at_risk[-1] == pytest.approx(-(last[8] + 0.15 * (last[9] - last[8])))
    assert found.expected_shortfall[-1] == pytest.approx(-last[:9].mean())


def test_the_weighted_way_is_the_normal_quantile_of_the_recursion() -> None:
    returns = garch(3, 300)
    variance = np.mean(returns[:SEED_RETURNS] ** 2)
    for one in returns:
        variance = DECAY * variance + (1 - DECAY) * one**2
    found = weighted(returns, 0.01)
    assert found.value_at_risk[-1] == pytest.approx(2.326348 * np.sqrt(variance), rel=1e-6)
    assert found.expected_shortfall[-1] == pytest.approx(
        norm.pdf(norm.ppf(0.01)) / 0.01 * np.sqrt(variance)
    )


def test_filtered_history_is_the_history_of_scaled_returns_at_the_volatility_of_now() -> None:
    returns = garch(4, 600)
    sigma = volatility(returns)
    scaled = np.sort((returns / sigma[:-1])[-WINDOW:])
    quantile = np.quantile(scaled, 0.01, method="weibull")
    assert filtered(returns, 0.01).value_at_risk[-1] == pytest.approx(-quantile * sigma[-1])


@pytest.mark.parametrize("name", METHODS)
def test_a_forecast_knows_the_returns_before_it_alone(name: str) -> None:
    returns = garch(5, 500)
    changed = returns.copy()
    changed[400:] *= 10
    before, after = METHODS[name](returns, 0.025), METHODS[name](changed, 0.025)
    for one, other in (
        (before.value_at_risk, after.value_at_risk),
        (before.expected_shortfall, after.expected_shortfall),
    ):
        assert np.isnan(one[:LEAST_RETURNS]).all()
        np.testing.assert_array_equal(one[LEAST_RETURNS:401], other[LEAST_RETURNS:401])
        assert (one[401:] != other[401:]).any()


@pytest.mark.parametrize("name", METHODS)
def test_scale_and_the_shortfall_behind_it(name: str) -> None:
    returns = garch(6, 500)
    one, double = METHODS[name](returns, 0.025), METHODS[name](2 * returns, 0.025)
    known = slice(LEAST_RETURNS, None)
    np.testing.assert_allclose(double.value_at_risk[known], 2 * one.value_at_risk[known])
    assert (one.expected_shortfall[known] >= one.value_at_risk[known]).all()
    # a price that never moved risks nothing
    still = METHODS[name](np.zeros(200), 0.025)
    assert (still.value_at_risk[known] == 0).all()


def test_too_few_returns_have_no_forecast() -> None:
    for method in METHODS.values():
        assert np.isnan(method(garch(7, 99), 0.01).value_at_risk).all()
        assert not np.isnan(method(garch(7, 100), 0.01).value_at_risk[-1])
        assert np.isnan(method([], 0.01).value_at_risk).all()


@pytest.mark.slow
@pytest.mark.parametrize("p", [0.025, 0.01])
def test_filtered_history_covers_garch_days_on_thirty_seeds(p: float) -> None:
    """Its hits lie in the exact 95 % band on at least 27 of 30 seeds."""
    inside = 0
    for seed in range(1_000, 1_030):
        returns = garch(seed)
        hits = filtered(returns, p).hits(returns)
        count = int(np.sum(~np.isnan(hits)))
        least, most = binom.ppf([0.025, 0.975], count, p)
        inside += bool(least <= np.nansum(hits) <= most)
    assert inside >= 27
