"""Back-tests of value at risk beside documented examples, tables, and simulations of the null."""

from collections import defaultdict
from itertools import product

import numpy as np
import pytest
from scipy.stats import binom, norm

from ml.hit_runs import Transitions, independent_hits
from ml.var_backtests import (
    TooFewDaysError,
    acerbi_szekely,
    conditional_coverage,
    independence,
    independence_statistic,
    kupiec_statistic,
    proportion_of_failures,
    quantile_loss,
    shortfall_p,
    traffic_light,
)


def hits_of(n00: int, runs: int, n11: int) -> np.ndarray:
    """A series that begins and ends without a hit: so many runs of hits, the first the longest."""
    first = [True] * (1 + n11) + [False]
    return np.array([False] * (n00 + 1) + first + [True, False] * (runs - 1))


def counts_of(seen: Transitions) -> list[np.ndarray]:
    return [np.asarray(one) for one in (seen.n00, seen.n10, seen.n01, seen.n11, seen.hits)]


# MathWorks' documented example of 1,043 days at 5 %
DOCUMENTED = Transitions(n00=932, n10=53, n01=53, n11=4, hits=57, count=1_043)


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


def test_hits_that_follow_each_other_are_refused() -> None:
    apart = np.zeros(500, bool)
    apart[::40] = True
    together = np.zeros(500, bool)
    together[100:113] = True
    assert independence(apart, 0.025).exact_p > 0.1
    assert independence(together, 0.025).exact_p < 0.001
    assert conditional_coverage(together, 0.025).exact_p < 0.001


@pytest.mark.parametrize(("count", "p"), [(1, 0.3), (2, 0.3), (7, 0.3)])
def test_all_series_of_few_days_are_counted_once(count: int, p: float) -> None:
    """Beside every series written out: the chance of each way that hits follow each other."""
    expected: defaultdict[tuple[int, ...], float] = defaultdict(float)
    for series in product((False, True), repeat=count):
        seen = Transitions.of(np.array(series))
        key = tuple(int(n) for n in counts_of(seen))
        expected[key] += p ** sum(series) * (1 - p) ** (count - sum(series))
    seen, chance = independent_hits(count, p)
    found: defaultdict[tuple[int, ...], float] = defaultdict(float)
    for *key, share in zip(*counts_of(seen), chance, strict=True):
        found[tuple(int(n) for n in key)] += float(share)
    assert found == pytest.approx(expected)


@pytest.mark.parametrize(("count", "p"), [(365, 0.01), (365, 0.025), (2_160, 0.025)])
def test_the_chances_of_a_year_add_up(count: int, p: float) -> None:
    assert independent_hits(count, p)[1].sum() == pytest.approx(1, abs=1e-9)


@pytest.mark.slow
def test_exact_p_values_are_the_shares_of_simulated_series() -> None:
    series = np.random.default_rng(5).random((20_000, 365)) < 0.01
    seen = Transitions.of(series)
    of_order = independence_statistic(seen)
    for test, drawn in (
        (proportion_of_failures, of_number := kupiec_statistic(seen.hits, 365, 0.01)),
        (independence, of_order),
        (conditional_coverage, of_number + of_order),
    ):
        for one in series[:40]:
            found = test(one, 0.01)
            as_large = int(np.sum(drawn >= found.statistic - 1e-9))
            least, most = binom.ppf([1e-6, 1 - 1e-6], len(drawn), found.exact_p)
            assert least <= as_large <= most


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
    assert shortfall_p(half, 1_000, p) == 1 / 2_000
    assert shortfall_p(right, 1_000, p) > 0.05


def test_a_shortfall_is_refused_where_acerbi_and_szekely_say() -> None:
    """Their critical values of 250 days at 2.5 %: about -0.7 at 5 %, about -1.8 at 0.01 %."""
    assert 0.03 < shortfall_p(-0.7, 250, 0.025) < 0.07
    assert shortfall_p(-1.8, 250, 0.025) < 0.002
    assert shortfall_p(1.0, 250, 0.025) == pytest.approx(1, abs=1e-3)


def test_the_quantile_has_the_least_quantile_loss() -> None:
    returns = np.random.default_rng(3).standard_normal(50_000)
    right = -norm.ppf(0.025)
    losses = [quantile_loss(returns, np.full(50_000, right * by), 0.025) for by in (0.8, 1, 1.2)]
    assert min(losses) == losses[1]
    # E[(p - 1{r < q}) (r - q)] of a normal is its density at the quantile
    assert losses[1] == pytest.approx(norm.pdf(right), rel=0.02)
