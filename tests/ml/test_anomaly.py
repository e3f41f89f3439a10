"""The scorer of whole windows, on windows drawn from one distribution and shifted ones."""

import warnings

import numpy as np
import pytest
from sklearn.base import clone

from ml.anomaly import MarketAnomaly
from ml.evaluation import recall_at


def test_parameters_can_be_read_set_and_cloned():
    model = MarketAnomaly(features=("a", "b"), max_missing=1)
    assert model.get_params()["max_missing"] == 1
    assert clone(model).get_params() == model.get_params()
    assert clone(model) is not model
    assert model.set_params(ridge=0.1).ridge == 0.1
    with pytest.raises(ValueError, match="no parameter rigde"):
        model.set_params(rigde=0.1)


@pytest.mark.slow
def test_a_clone_has_learnt_nothing(trained):
    assert not hasattr(clone(trained), "covariance_")


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.1, 0.01, 0.001])
def test_false_alerts_come_at_the_promised_rate(trained, maker, share):
    quiet = maker.quiet(20_000)
    p_values = trained.score(quiet.values, quiet.symbols).p_values
    # given one calibration slice, the rate varies around the promise with its length
    spread = np.sqrt(share / 4000 + share / 20_000)
    assert np.mean(p_values <= share) == pytest.approx(share, abs=4 * spread)


@pytest.mark.slow
def test_joint_oddities_are_found_at_a_budget_where_raw_distances_miss_them(trained, maker):
    quiet, planted = maker.quiet(4000), maker.planted(1000, shift=2.5)
    found = recall_at(
        trained.score(quiet.values, quiet.symbols).distances,
        trained.score(planted.values, planted.symbols).distances,
    )
    assert found > 0.8
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pyod.models.iforest import IForest
        from pyod.models.mcd import MCD

        fitted = maker.quiet(2000).values
        for raw in (MCD(contamination=0.001, random_state=0), IForest(random_state=0)):
            raw.fit(fitted)
            missed = recall_at(
                raw.decision_function(quiet.values), raw.decision_function(planted.values)
            )
            assert missed < 0.3


def test_the_distance_is_the_one_of_pyod(trained, maker):
    from pyod.models.mcd import MCD

    quiet = maker.quiet(50)
    scores = trained.normal_scores(quiet.values, quiet.symbols)
    reference = MCD(contamination=0.001).fit(np.random.default_rng(0).normal(size=(100, 12)))
    reference.detector_.location_ = trained.location_
    reference.detector_.precision_ = np.linalg.inv(trained.covariance_)
    expected = reference.decision_function(scores)
    assert trained.score(quiet.values, quiet.symbols).distances == pytest.approx(expected)


def test_contributions_add_up_to_the_distance(trained, maker):
    windows = maker.planted(100, shift=3)
    windows.values[:50, 2] = np.nan
    scored = trained.score(windows.values, windows.symbols)
    assert scored.contributions.sum(axis=1) == pytest.approx(scored.distances, rel=1e-8)
    assert (scored.contributions[:50, 2] == 0).all()
    assert (scored.contributions < 0).any()


def test_a_window_with_missing_features_is_not_odder_for_it(trained, maker):
    windows = maker.planted(200, shift=3)
    whole = trained.score(windows.values, windows.symbols).distances
    windows.values[:, [0, 4, 8]] = np.nan
    partial = trained.score(windows.values, windows.symbols).distances
    assert (partial <= whole * (1 + 1e-6)).all()


def test_a_window_with_too_many_missing_features_has_no_score(trained, maker):
    windows = maker.planted(2, shift=3)
    windows.values[0, :4] = np.nan
    scored = trained.score(windows.values, windows.symbols)
    assert np.isnan([scored.scores[0], scored.p_values[0], scored.distances[0]]).all()
    assert np.isfinite([scored.scores[1], scored.p_values[1], scored.distances[1]]).all()


def test_a_symbol_that_was_not_learnt_has_no_score(trained, maker):
    windows = maker.quiet(2)
    scored = trained.score(windows.values, np.array(["binance NEW-USDT", "binance BTC-USDT"]))
    assert np.isnan(scored.scores[0])
    assert np.isfinite(scored.scores[1])


def test_each_symbol_is_judged_by_its_own_past(trained, maker):
    windows = maker.quiet(400)
    swapped = windows.symbols[::-1].copy()
    right = trained.score(windows.values, windows.symbols)
    wrong = trained.score(windows.values, swapped)
    assert np.median(wrong.distances) > 3 * np.median(right.distances)


def test_scores_lie_between_0_and_1_and_rise_with_the_distance(trained, maker):
    windows = maker.planted(500, shift=8)
    one = windows.symbols == windows.symbols[0]
    scored = trained.score(windows.values[one], windows.symbols[one])
    assert ((scored.scores >= 0) & (scored.scores <= 1)).all()
    order = np.argsort(scored.distances)
    assert (np.diff(scored.scores[order]) >= 0).all()


def test_a_half_stands_for_one_in_a_hundred(trained, maker):
    windows = maker.quiet(2000)
    scored = trained.score(windows.values, windows.symbols)
    assert (scored.scores >= 0.5).tolist() == (scored.p_values <= 0.01).tolist()


@pytest.mark.slow
def test_training_twice_gives_the_same_numbers(make_windows):
    states = []
    for _ in range(2):
        maker = make_windows(3)
        fitted, later = maker.quiet(600), maker.quiet(600)
        model = MarketAnomaly(features=tuple(f"feature_{number}" for number in range(12)))
        model.fit(fitted.values, fitted.symbols).calibrate(later.values, later.symbols)
        states.append(model.state())
    assert states[0] == states[1]


def test_a_window_is_scored_the_same_alone_or_among_others(trained, maker):
    windows = maker.planted(300, shift=2)
    together = trained.score(windows.values, windows.symbols)
    for row in (0, 17, 299):
        alone = trained.score(windows.values[[row]], windows.symbols[[row]])
        assert alone.scores[0] == together.scores[row]
        assert alone.p_values[0] == together.p_values[row]


@pytest.mark.slow
def test_a_contaminated_past_does_not_hide_what_comes_later(make_windows):
    maker = make_windows(11)
    fitted, later = maker.quiet(3000), maker.quiet(3000)
    events = maker.planted(30, shift=8)
    rows = np.arange(0, 3000, 100)
    for slice_ in (fitted, later):
        slice_.values[rows], slice_.symbols[rows] = events.values, events.symbols
    features = tuple(f"feature_{number}" for number in range(12))
    model = MarketAnomaly(features=features).fit(fitted.values, fitted.symbols)
    model.calibrate(later.values, later.symbols)
    assert sum(tail.trimmed_ for tail in model.tails_.values()) >= 20
    odd, quiet = maker.planted(300, shift=5), maker.quiet(3000)
    p_values = model.score(odd.values, odd.symbols).p_values
    assert np.mean(p_values <= 0.001) > 0.9
    assert np.mean(model.score(quiet.values, quiet.symbols).p_values <= 0.001) < 0.004


def test_wrong_input_is_refused(trained):
    with pytest.raises(ValueError, match="a column for each of 12 features"):
        trained.score(np.zeros((2, 3)), np.array(["a", "b"]))
    with pytest.raises(ValueError, match="finite"):
        trained.score(np.full((1, 12), np.inf), np.array(["a"]))
