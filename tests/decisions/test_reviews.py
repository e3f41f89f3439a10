"""What reviews say of detectors, and for how long a case's snapshots stay."""

from dataclasses import replace
from datetime import timedelta

import duckdb
import pytest

from assets.cases.decision import Decision, Draft
from assets.cases.retention import cited_by_cases
from assets.cases.reviews import Reviews, count_reviews, share_interval
from tests.decisions.decided import NOW, decided, draft


def judged(number: int, verdict: str, reason: str) -> Decision:
    return decided(number, draft(f"a{number}", verdict=verdict, reason=reason))


def test_a_share_has_its_exact_interval() -> None:
    # Clopper and Pearson: 1 of 10, and the ends of what can be seen
    assert share_interval(1, 10) == pytest.approx((0.002529, 0.445016), abs=1e-6)
    assert share_interval(0, 4) == pytest.approx((0, 1 - 0.025**0.25))
    assert share_interval(4, 4) == pytest.approx((0.025**0.25, 1))


def test_precision_is_counted_twice_and_only_where_something_was_decided() -> None:
    decisions = [
        judged(1, "true", "same_owner"),
        judged(2, "false", "makers_facing"),
        judged(3, "false", "chance_at_lot_grid"),
        judged(4, "false", "doubled_data"),
        judged(5, "unclear", "wait"),
        # judged again: the later counts
        decided(6, draft("a4", verdict="false", reason="separate_desks")),
        decided(7, draft("a3", takes_back=3)),
    ]
    incidents = [
        {"detector": "wash_ring" if n == 5 else "wash_trading", "alert_ids": [f"a{n}"]}
        for n in range(1, 7)
    ]
    found = count_reviews(incidents, decisions)
    assert found == {"wash_trading": Reviews(true=1, innocent=2), "wash_ring": Reviews(unclear=1)}
    assert found["wash_trading"].pattern_precision == 1
    assert found["wash_trading"].abuse_precision == pytest.approx(1 / 3)
    assert found["wash_trading"].sentence == (
        "Reviewed: 1 true, 2 innocent, 0 wrong. The pattern was there in 100 % (29 % to 100 %), "
        "abuse in 33 % (0.84 % to 91 %)."
    )
    assert found["wash_ring"].sentence.startswith("Not reviewed yet. 1 could not be told")
    assert Reviews().abuse_precision is None


def test_a_case_cites_its_snapshots_until_its_retention_is_over() -> None:
    year = timedelta(days=365)
    decisions = [
        decided(1, Draft(about="case", about_id="c", title="t", state="open", snapshot_id=3)),
        decided(2, draft("a1", case_id="c", snapshot_id=4)),
        decided(3, draft("a1", verdict="unclear", reason="wait", snapshot_id=7)),
        decided(4, draft("other", note="x", snapshot_id=5)),
    ]
    closed = decided(5, Draft(about="case", about_id="c", state="closed", snapshot_id=9))
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as lake")

        def cited(more: list[Decision], after: timedelta) -> set[int]:
            return cited_by_cases(connection, [*decisions, *more], year, NOW + after)

        # an open case's stay, however old
        assert cited([], 10 * year) == {3, 4, 7}
        assert cited([closed], timedelta(days=364)) == {3, 4, 7, 9}
        assert cited([closed], timedelta(days=366)) == set()
        reopened = replace(closed, number=6, state=None, takes_back=5, about_id="c")
        assert cited([closed, reopened], 10 * year) == {3, 4, 7, 9}
