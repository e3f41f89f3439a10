"""Ranks as normal scores."""

import numpy as np
import pytest

from ml.normal_scores import NormalScores


@pytest.fixture
def sample():
    random = np.random.default_rng(0)
    return np.column_stack([np.exp(random.normal(size=1001)), random.normal(size=1001) ** 3])


def test_the_median_is_0_and_a_skewed_feature_becomes_normal(sample):
    scaler = NormalScores().fit(sample)
    scores = scaler.transform(sample)
    assert scaler.transform(np.median(sample, axis=0)[np.newaxis]) == pytest.approx(0, abs=1e-9)
    assert scores.std(axis=0) == pytest.approx([1, 1], abs=0.02)
    assert np.mean(np.abs(scores) < 1, axis=0) == pytest.approx([0.683, 0.683], abs=0.01)


def test_order_is_kept_also_far_outside_the_sample(sample):
    values = np.linspace(-1000, 1000, 4001)
    scores = NormalScores().fit(sample).transform(np.column_stack([values, values]))
    assert (np.diff(scores, axis=0) >= 0).all()
    outside = values > sample.max()
    assert (np.diff(scores[outside], axis=0) > 0).all()


def test_a_wild_value_rises_only_with_its_logarithm(sample):
    scaler = NormalScores().fit(sample)
    far, further = scaler.transform(np.full((2, 2), [[1e6], [1e9]]))
    assert (further - far < 7.5).all()


def test_equal_values_share_the_middle_of_their_ranks():
    # an awkward number: rounded or interpolated, it would no longer meet itself
    lump = 0.1 + 0.2
    sample = np.array([lump] * 60 + list(np.linspace(1, 2, 40)))[:, np.newaxis]
    scaler = NormalScores().fit(sample)
    from scipy.special import ndtri

    assert scaler.transform(np.array([[lump]])) == pytest.approx(ndtri(0.3), abs=0.05)
    spread = scaler.transform(sample, np.random.default_rng(0))[:60]
    assert spread.std() > 0.4
    assert spread.max() < ndtri(0.62)


def test_a_feature_that_never_moved_is_no_division_by_zero():
    scaler = NormalScores().fit(np.full((100, 1), 3.0))
    scores = scaler.transform(np.array([[2.0], [3.0], [4.0], [np.nan]]))[:, 0]
    assert scores[0] < scores[1] < scores[2]
    assert scores[1] == 0
    assert np.isnan(scores[3])


def test_restored_from_json_it_gives_the_same(sample):
    import json

    scaler = NormalScores().fit(sample)
    again = NormalScores().restore(json.loads(json.dumps(scaler.state())))
    assert (again.transform(sample) == scaler.transform(sample)).all()


def test_missing_values_cannot_be_learnt_from():
    with pytest.raises(ValueError, match="no missing value"):
        NormalScores().fit(np.array([[1.0], [np.nan], [2.0]]))
