"""What decisions amount to: states of incidents, cases and mutes."""

from datetime import timedelta
from typing import Any

import pytest

from assets.cases.decision import Decision
from assets.cases.state import (
    OPEN,
    IncidentState,
    cases_of,
    counting_decisions,
    decisions_by_alert,
    mutes_of,
    state_of,
)
from tests.decisions.decided import NOW, decided, draft

INCIDENT: dict[str, Any] = {
    "alert_ids": ["a1"], "severity": "medium", "detectors": ["wash_trading"],
    "symbols": ["BTC-USDT"], "venues": ["binance"], "subject_id": "binance BTC-USDT",
    "accounts": ["T1", "T2"], "window_end_at": NOW,
}  # fmt: skip
FALSE = draft(verdict="false", reason="makers_facing", state="closed", incident_revision=3)
TRUE = draft(verdict="true", reason="same_owner", note="one owner", incident_revision=4)


def state(*decisions: Decision, alert_ids: tuple[str, ...] = ("a1",)) -> IncidentState:
    return state_of(INCIDENT | {"alert_ids": list(alert_ids)}, decisions_by_alert(decisions))


def test_nobody_has_decided() -> None:
    assert state(decided(1, draft("a9", state="closed"))) == OPEN


def test_a_verdict_closes_and_says_by_whom_and_on_which_revision() -> None:
    found = state(decided(1, FALSE, by="ben"))
    assert (found.state, found.verdict, found.reason) == ("closed", "false", "makers_facing")
    assert (found.decided_by, found.decided_at) == ("ben", NOW + timedelta(minutes=1))
    assert found.decided_revision == 3


def test_of_two_verdicts_the_later_counts_and_a_verdict_alone_leaves_the_state() -> None:
    found = state(decided(2, TRUE), decided(1, FALSE))
    assert (found.state, found.verdict, found.note) == ("closed", "true", "one owner")
    assert found.decided_revision == 4


def test_what_was_taken_back_does_not_count_and_comes_back_when_that_is_taken_back() -> None:
    first, second = decided(1, FALSE), decided(2, draft(takes_back=1))
    assert state(first, second) == OPEN
    assert state(first, second, decided(3, draft(takes_back=2))).verdict == "false"
    assert [one.number for one in counting_decisions([first, second])] == []


@pytest.mark.parametrize(
    ("before", "assignee", "after"),
    [
        ((), "ana", "in review"),
        ((draft(assignee="ana"),), "", "open"),
        ((draft(state="escalated", note="see"),), "ben", "escalated"),
        ((FALSE,), "ben", "closed"),
    ],
)
def test_who_takes_an_incident_has_it_in_review(
    before: tuple[Any, ...], assignee: str, after: str
) -> None:
    earlier = [decided(number, one) for number, one in enumerate(before, 1)]
    found = state(*earlier, decided(9, draft(assignee=assignee)))
    assert (found.state, found.assignee) == (after, assignee)


def test_a_grown_incident_and_two_that_became_one_carry_what_was_decided() -> None:
    decisions = decided(1, FALSE), decided(2, draft("a2", assignee="ben"))
    found = state(*decisions, alert_ids=("a0", "a1", "a2"))
    assert (found.state, found.verdict, found.assignee) == ("closed", "false", "ben")


def test_an_incident_is_in_the_last_case_that_it_was_put_into() -> None:
    def case(name: str, **parts: Any) -> Any:
        return draft("", about="case", about_id=name, **parts)

    cases = cases_of(
        [
            decided(1, case("c1", title="One", state="open")),
            decided(2, case("c2", title="Two", state="open")),
            decided(3, draft("a1", case_id="c1")),
            decided(4, draft("a2", case_id="c1")),
            decided(5, draft("a2", case_id="c2")),
            decided(6, case("c1", title="First")),
            decided(7, case("c2", state="closed")),
        ]
    )
    assert [(one.title, one.state, one.alert_ids) for one in cases.values()] == [
        ("First", "open", ("a1",)),
        ("Two", "closed", ("a2",)),
    ]


@pytest.mark.parametrize(
    ("muted", "incident", "is_hidden"),
    [
        ({"mute_detector": "wash_trading"}, {}, True),
        ({"mute_detector": "wash_trading"}, {"detectors": ["wash_trading", "x"]}, False),
        ({"mute_symbol": "BTC-USDT"}, {}, True),
        ({"mute_symbol": "BTC-USDT", "mute_venue": "kraken"}, {}, False),
        ({"mute_symbol": "BTC-USDT"}, {"symbols": ["BTC-USDT", "ETH-USDT"]}, False),
        ({"mute_subject_id": "T2"}, {}, True),
        ({"mute_subject_id": "T3"}, {}, False),
        ({"mute_symbol": "BTC-USDT", "mute_severity": "medium"}, {}, True),
        ({"mute_symbol": "BTC-USDT", "mute_severity": "medium"}, {"severity": "high"}, False),
        ({"mute_symbol": "BTC-USDT"}, {"window_end_at": NOW + timedelta(days=3)}, False),
    ],
)
def test_a_mute_hides_what_it_names_until_it_ends(
    muted: dict[str, Any], incident: dict[str, Any], is_hidden: bool
) -> None:
    one = draft("", about="mute", about_id="m", mute_until=NOW + timedelta(days=2), **muted)
    (mute,) = mutes_of([decided(1, one)])
    assert mute.hides(INCIDENT | incident) is is_hidden
    assert mutes_of([decided(1, one), decided(2, draft("", about="mute", takes_back=1))]) == []
