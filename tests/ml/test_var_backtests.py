"""Back-tests of value at risk beside documented examples, tables, and their size under the null."""

import numpy as np
import pytest
from scipy.stats import binom, norm

from ml.var_backtests import (
    TooFewDaysError,
    Transitions,
    acerbi_szekely,
    conditional_coverage,
    independence,
    independence_statistic,
    kupiec_statistic,
    proportion_of_failures,
    traffic_light,
)


def hits_of(n00: int, runs: int, n11: int) -> np.ndarray:
    """A series that begins and ends without a hit: so many runs of hits, the first the longest."""
    first = [True] * (1 + n11) + [False]
    return np.array([False] * (n00 + 1) + first + [True, False] * (runs - 1))


# MathWorks' documented example of 1,043 days at 5 %
DOCUMENTED = Transitions(n00=932, n10=53, n01=53, n11=4)


def test_the_documented_example_gives_its_ratios() -> None:
    assert kupiec_statistic(57, 1_043, 0.05) == pytest.approx(0.46147, abs=5e-6)
    assert independence_statistic(DOCUMENTED) == pytest.approx(0.25866, abs=5e-6)
    hits = hits_of(n00=932, runs=53, n11=4)
    assert Transitions.of(hits) == DOCUMENTED
    assert (len(hits), hits.sum()) == (1_043, 57)
    of_number = proportion_of_failures(hits, 0.05)
    assert (of_number.statistic, of_number.asymptotic_p) == (
        pytest.approx(0.46147, abs=5e-6), pytest.approx(0.49694, abs=5e-6),
    )  # fmt: skip
    of_order = independence(hits, 0.05)
    assert of_order.asymptotic_p == pytest.approx(0.61104, abs=5e-6)
    both = conditional_coverage(hits, 0.05)
    assert (both.statistic, both.asymptotic_p) == (
        pytest.approx(0.72013, abs=5e-6), pytest.approx(0.69763, abs=5e-6),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("count", "p", "least", "most"),
    [(250, 0.01, 1, 6), (365, 0.01, 1, 7), (365, 0.025, 4, 15), (365, 0.05, 11, 26),
     (730, 0.01, 3, 13), (730, 0.025, 11, 27), (1_000, 0.01, 5, 16)],
)  # fmt: skip
def test_the_numbers_of_hits_that_kupiec_accepts(
    count: int, p: float, least: int, most: int
) -> None:
    statistics = kupiec_statistic(np.arange(count + 1), count, p)
    accepted = np.flatnonzero(statistics <= 3.841459)
    assert (accepted.min(), accepted.max()) == (least, most)


def test_an_exact_p_is_the_chance_of_a_statistic_as_large() -> None:
    hits = np.arange(250) < 7
    found = proportion_of_failures(hits, 0.01)
    statistics = kupiec_statistic(np.arange(251), 250, 0.01)
    as_far = [x for x in range(251) if statistics[x] >= statistics[7]]
    assert found.exact_p == pytest.approx(sum(binom.pmf(x, 250, 0.01) for x in as_far))
    assert proportion_of_failures(np.zeros(250), 0.01).exact_p <= 1


@pytest.mark.parametrize(
    ("count", "p", "green", "yellow"),
    [(250, 0.01, 4, 9), (365, 0.01, 6, 12), (365, 0.025, 13, 21), (730, 0.01, 11, 18)],
)
def test_the_light_changes_where_the_tables_say(
    count: int, p: float, green: int, yellow: int
) -> None:
    lights = [traffic_light(hits, count, p) for hits in range(yellow + 2)]
    assert lights == ["green"] * (green + 1) + ["yellow"] * (yellow - green) + ["red"]


def test_too_few_days_have_no_light() -> None:
    with pytest.raises(TooFewDaysError, match="not enough days: 249 of 250"):
        traffic_light(0, 249, 0.01)
    with pytest.raises(TooFewDaysError, match="not enough days: 1 of 2"):
        independence([True], 0.01)


def test_hits_that_follow_each_other_are_told() -> None:
    apart = np.zeros(500, bool)
    apart[::40] = True
    together = np.zeros(500, bool)
    together[100:113] = True
    assert independence(apart, 0.025).exact_p > 0.1
    assert independence(together, 0.025).exact_p < 0.001
    assert conditional_coverage(together, 0.025).exact_p < 0.001


def test_exact_p_values_are_uniform_where_the_model_is_right() -> None:
    """Of 400 series of a year about a twentieth is below a twentieth, whatever chi-square says."""
    random = np.random.default_rng(5)
    for test in (independence, conditional_coverage):
        found = [test(random.random(365) < 0.01, 0.01) for _ in range(400)]
        below = sum(one.exact_p <= 0.05 for one in found)
        assert binom.ppf(0.0005, 400, 0.05) <= below <= binom.ppf(0.9995, 400, 0.05)
    # chi-square calls none of them unlikely by their order: there is hardly ever a pair
    assert sum(independence(random.random(365) < 0.01, 0.01).asymptotic_p <= 0.05
               for _ in range(400)) < 20  # fmt: skip


def test_a_right_shortfall_has_a_mean_of_nought_and_half_of_it_has_not() -> None:
    losses = np.random.default_rng(2).standard_normal(20_000)
    p = 0.025
    var = norm.ppf(1 - p)
    es = norm.pdf(var) / p
    right = acerbi_szekely(losses, np.full(20_000, var), np.full(20_000, es), p)
    assert right == pytest.approx(0, abs=0.1)
    # a model of half the volatility: far more hits, each far deeper
    half = acerbi_szekely(losses, np.full(20_000, var / 2), np.full(20_000, es / 2), p)
    assert half < -0.7
