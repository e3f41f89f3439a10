"""p-values by rank on a calibration slice."""

import numpy as np
import pytest

from ml.conformal import ConformalTail


def test_p_values_count_the_calibration_windows_at_least_as_far_out():
    tail = ConformalTail(trim_expected=0).fit(np.arange(1.0, 100.0))
    assert tail.p_values(np.array([0.0, 1.0, 1.5, 50.0, 99.0])) == pytest.approx(
        [1.0, 1.0, 0.99, 0.51, 0.02]
    )


def test_beyond_the_largest_distance_p_values_fall_to_what_the_slice_can_vouch_for():
    tail = ConformalTail().fit(np.arange(1.0, 100.0))
    p_values = tail.p_values(np.array([99.0, 99.1, 110.0, 200.0, 1e9]))
    assert (np.diff(p_values[:4]) < 0).all()
    assert p_values[1] < 1 / 100
    assert p_values[-1] == 1 / 100**2


@pytest.mark.slow
@pytest.mark.parametrize("shape", ["light", "heavy"])
def test_the_rate_holds_for_any_distribution(shape):
    """Averaged over calibration slices, with tails lighter and heavier than the prolonged one."""
    random = np.random.default_rng(5)
    rates = []
    for _ in range(300):
        drawn = random.chisquare(12, 1200) if shape == "light" else random.pareto(3, 1200)
        tail = ConformalTail(trim_expected=0).fit(drawn[:1000])
        rates.append(np.mean(tail.p_values(drawn[1000:]) <= 0.01))
    assert np.mean(rates) == pytest.approx(0.01, abs=0.0025)


@pytest.mark.slow
def test_p_values_below_the_resolution_are_at_most_as_common_as_the_resolution():
    random = np.random.default_rng(6)
    beyond = []
    for _ in range(400):
        drawn = random.pareto(3, 2000)
        tail = ConformalTail(trim_expected=0).fit(drawn[:1000])
        beyond.append(np.mean(tail.p_values(drawn[1000:]) <= 0.0001))
    assert np.mean(beyond) < 1.5 / 1001


def test_events_in_the_calibration_slice_are_left_out_and_counted():
    quiet = np.random.default_rng(0).chisquare(12, 1000)
    tail = ConformalTail().fit(np.concatenate([quiet, [200.0, 300.0]]))
    assert tail.trimmed_ == 2
    assert tail.p_values(np.array([150.0]))[0] == pytest.approx(1001**-2)


@pytest.mark.slow
def test_a_quiet_calibration_slice_is_hardly_trimmed():
    random = np.random.default_rng(1)
    trimmed = [ConformalTail().fit(random.chisquare(12, 1500)).trimmed_ for _ in range(200)]
    assert np.mean(trimmed) < 0.05


def test_a_missing_distance_stays_missing():
    tail = ConformalTail().fit(np.arange(1.0, 100.0))
    assert np.isnan(tail.p_values(np.array([np.nan, 5.0]))).tolist() == [True, False]
