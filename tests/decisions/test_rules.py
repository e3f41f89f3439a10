"""What a decision must say; the reason why it is refused is the right one."""

from datetime import timedelta
from typing import Any

import pytest

from assets.cases.decision import LONGEST_NOTE, DecisionError, check
from assets.cases.reasons import BY_TYPOLOGY, reasons_for, words_of
from assets.detection.detector import shipped_detectors
from tests.decisions.decided import NOW, draft

MUTE = {
    "about": "mute", "mute_symbol": "BTC-USDT", "mute_until": NOW + timedelta(days=9),
    "note": "why",
}  # fmt: skip


def decide(judged: Any = None, **parts: Any) -> None:
    check(draft(**parts), typology="wash_trading", verdict=judged, now=NOW)


@pytest.mark.parametrize(
    "parts",
    [
        {"note": "seen"},
        {"assignee": ""},
        {"case_id": ""},
        {"verdict": "false", "reason": "makers_facing", "state": "closed"},
        {"verdict": "true", "reason": "same_owner", "note": "one owner"},
        {"verdict": "unclear", "reason": "needs_orders"},
        {"state": "escalated", "note": "to the officer"},
        {"takes_back": 4},
        MUTE,
    ],
)
def test_a_decision_that_says_enough_is_accepted(parts: dict[str, Any]) -> None:
    decide(**parts)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({}, "says nothing"),
        ({"note": "x" * (LONGEST_NOTE + 1)}, "4,001"),
        ({"verdict": "true", "reason": "same_owner"}, "needs a note"),
        ({"verdict": "false"}, "makers_facing"),
        ({"verdict": "false", "reason": "same_owner"}, "not 'same_owner'"),
        ({"verdict": "false", "reason": "other"}, "needs a note"),
        ({"state": "closed"}, "with a verdict"),
        ({"state": "escalated"}, "needs a note"),
        (MUTE | {"mute_symbol": ""}, "names a detector"),
        (MUTE | {"mute_until": NOW}, "within a year"),
        (MUTE | {"mute_until": NOW + timedelta(days=400)}, "within a year"),
        (MUTE | {"note": ""}, "needs a note"),
    ],
)
def test_a_decision_that_lacks_something_is_refused(parts: dict[str, Any], message: str) -> None:
    with pytest.raises(DecisionError, match=message):
        decide(**parts)


def test_a_judged_incident_is_closed_without_another_verdict() -> None:
    decide(judged="false", state="closed")


def test_every_typology_has_a_reason_for_each_verdict_and_no_code_twice() -> None:
    for typology in {one.typology for one in shipped_detectors()} | BY_TYPOLOGY.keys():
        reasons = reasons_for(typology)
        codes = [(one.code, one.verdict) for one in reasons]
        assert len(codes) == len(set(codes))
        for verdict in ("true", "false", "unclear"):
            assert any(one.verdict == verdict and one.code != "other" for one in reasons)


def test_a_code_means_the_same_for_each_typology() -> None:
    for typology in BY_TYPOLOGY:
        for one in reasons_for(typology):
            assert words_of(one.code, one.verdict) == one.words
    assert words_of("of_a_later_version", "false") == "of_a_later_version"
