"""Hill's index of a tail, beside the distribution whose index is known."""

import numpy as np
import pytest

from ml.tails import LEAST_TAIL, hill


def test_the_index_is_one_over_the_mean_logarithm_beyond_the_threshold() -> None:
    values = [*[1.0] * 30, *(2.0 ** np.arange(1, 11))]
    # beyond 1: ln 2 times 1 to 10, whose mean is 5.5 ln 2
    assert hill(values, share=0.25) == pytest.approx(1 / (5.5 * np.log(2)))


def test_the_quantiles_of_a_pareto_distribution_have_its_index() -> None:
    quantiles = (1 - (np.arange(40_000) + 0.5) / 40_000) ** (-1 / 3)
    assert hill(quantiles) == pytest.approx(3, rel=0.01)
    assert hill(7 * quantiles) == pytest.approx(hill(quantiles))


@pytest.mark.parametrize(
    "values", [np.arange(1, 40 * LEAST_TAIL - 1), np.zeros(1_000), -np.arange(1.0, 1_000)]
)
def test_a_tail_too_short_or_not_above_nought_has_no_index(values: np.ndarray) -> None:
    assert np.isnan(hill(values))
