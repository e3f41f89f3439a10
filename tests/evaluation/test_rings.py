"""The evaluation of rings: what is counted as found, and that a seed gives the same figures."""

from itertools import product

import pytest

from assets.evaluation import rings
from assets.evaluation.rings import RingEvaluation, evaluate_rings


@pytest.fixture
def evaluation(monkeypatch: pytest.MonkeyPatch) -> RingEvaluation:
    monkeypatch.setattr(rings, "DAYS", ((8_000, 3, 0.74),))
    monkeypatch.setattr(rings, "KINDS", ((8, "strict"), (20, "rotating")))
    monkeypatch.setattr(rings, "SHARES", (0.02, 0.1))
    monkeypatch.setattr(rings, "HONEST", (0.0, 0.7))
    monkeypatch.setattr(rings, "CLEAN_TRADES", (2_000, 3_000))
    return evaluate_rings(7, 2, lambda done, total: None)


@pytest.mark.slow
def test_each_kind_is_a_row_and_the_totals_are_their_sums(evaluation: RingEvaluation) -> None:
    kinds = [(one.members, one.share_of_day, one.honest_share) for one in evaluation.rows]
    assert kinds == list(product((8, 20), (0.02, 0.1), (0.0, 0.7)))
    assert evaluation.planted == sum(one.planted for one in evaluation.rows) == 8
    assert evaluation.found == sum(one.found for one in evaluation.rows)
    # an eighth of a thin day in ordinary sizes, by members who are mostly honest, is not seen
    assert {
        (one.members, one.share_of_day, one.honest_share): one.found for one in evaluation.rows
    }[20, 0.1, 0.7] == 0
    assert (evaluation.mostly_closed_planted, evaluation.mostly_closed_found) == (2, 2)
    assert evaluation.precision_of_quantity > 0.98


@pytest.mark.slow
def test_clean_days_are_counted_with_the_exact_interval(evaluation: RingEvaluation) -> None:
    assert (evaluation.clean_days, evaluation.clusters_on_clean_days) == (2, 0)
    least, most = evaluation.clusters_a_clean_day
    # -ln(0.025) / 2
    assert (least, most) == (0.0, pytest.approx(1.8444, abs=1e-4))
    assert evaluation.clean_quantity_flagged == 0
