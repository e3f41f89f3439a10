"""Alerts find planted events by subject and time, each event once."""

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from assets.evaluation.matching import AFTER, BEFORE, Event, Finding, findings_of, judge

START = datetime(2024, 8, 9, 12)
END = START + timedelta(minutes=20)
MARKET = ("north", "BTC-USDT")
SECOND = timedelta(seconds=1)


def event(typology: str = "wash_ring", **changed) -> Event:
    return replace(
        Event(
            event_id="1",
            typology=typology,
            severity="high",
            is_abuse=True,
            market=MARKET,
            start_at=START,
            end_at=END,
            accounts=frozenset({"N1", "N2", "N3"}),
        ),
        **changed,
    )


def finding(detector: str = "wash_ring", **changed) -> Finding:
    return replace(
        Finding(
            finding_id="a",
            detectors=(detector,),
            severity="high",
            place=MARKET,
            start_at=START,
            end_at=END,
            known_at=END,
            markets=frozenset({MARKET}),
        ),
        **changed,
    )


def of_account(*names: str, detector: str = "wash_ring", **changed) -> Finding:
    accounts = frozenset(("north", name) for name in names)
    return finding(detector, **{"markets": frozenset(), "accounts": accounts, **changed})


def outcomes(findings: list[Finding], events: list[Event]) -> list[str]:
    return [one.outcome for one in judge(findings, events)]


def test_a_market_and_an_account_of_the_event_find_it_and_another_account_does_not() -> None:
    assert outcomes([finding()], [event()]) == ["found"]
    assert outcomes([of_account("N2")], [event()]) == ["found"]
    assert outcomes([of_account("N9", "N3")], [event()]) == ["found"]
    assert outcomes([of_account("N9")], [event()]) == ["false"]


def test_an_account_of_another_venue_or_in_another_symbol_is_somebody_else() -> None:
    elsewhere = finding(markets=frozenset(), accounts=frozenset({("east", "N1")}))
    assert outcomes([elsewhere], [event()]) == ["false"]
    assert outcomes([of_account("N1", place=("north", "ETH-USDT"))], [event()]) == ["false"]
    assert outcomes([of_account("N1", place=("north", ""))], [event()]) == ["found"]


@pytest.mark.parametrize(
    ("start_at", "end_at", "outcome"),
    [
        (START - 2 * BEFORE, START - BEFORE, "false"),
        (START - 2 * BEFORE, START - BEFORE + SECOND, "found"),
        (END + AFTER - SECOND, END + AFTER, "found"),
        (END + AFTER, END + 2 * AFTER, "false"),
    ],
)
def test_the_stretches_overlap_five_minutes_before_and_half_an_hour_after(
    start_at: datetime, end_at: datetime, outcome: str
) -> None:
    assert outcomes([finding(start_at=start_at, end_at=end_at)], [event()]) == [outcome]


def test_a_detector_declared_for_the_typology_finds_it_and_another_is_related() -> None:
    assert outcomes([finding("wash_trading")], [event()]) == ["found"]
    assert outcomes([finding("volume_spike")], [event()]) == ["related"]
    assert outcomes([finding("pump_and_dump")], [event("flash_crash")]) == ["related"]


def test_the_second_alert_on_an_event_is_a_repetition_whatever_the_order_given() -> None:
    first = finding(finding_id="z")
    second = finding(finding_id="a", known_at=END + SECOND)
    judged = judge([second, first], [event()])
    assert [(one.finding.finding_id, one.outcome) for one in judged] == [
        ("z", "found"),
        ("a", "repeated"),
    ]


def test_of_two_events_an_alert_finds_one_and_the_next_alert_the_other() -> None:
    later = event(event_id="2", start_at=START + timedelta(minutes=10))
    judged = judge([finding(), finding(finding_id="b", known_at=END + SECOND)], [event(), later])
    assert [one.event.event_id for one in judged if one.event] == ["1", "2"]
    assert [one.outcome for one in judged] == ["found", "found"]


def test_an_incident_of_several_detectors_and_venues_finds_an_event_of_any() -> None:
    incident = finding(
        "volume_spike",
        detectors=("volume_spike", "wash_ring"),
        markets=frozenset({("east", "BTC-USDT"), MARKET}),
        place=("east", "BTC-USDT"),
    )
    assert outcomes([incident], [event()]) == ["found"]


def test_an_alert_on_an_honest_look_alike_is_false_and_on_an_echo_related() -> None:
    news = event("news_move", is_abuse=False, severity=None, accounts=frozenset())
    assert outcomes([finding("flash_crash")], [news]) == ["look_alike"]
    echo = replace(news, typology="echo")
    assert outcomes([finding("flash_crash")], [echo]) == ["related"]
    habit = replace(news, end_at=START + timedelta(days=1))
    assert outcomes([finding("flash_crash")], [habit]) == ["false"]


def test_another_run_has_other_events() -> None:
    assert outcomes([finding(run=1)], [event()]) == ["false"]


def test_incidents_become_findings_without_the_superseded() -> None:
    first = {
        "alert_id": "a",
        "detector": "wash_ring",
        "severity": "high",
        "venue": "north",
        "symbol": "BTC-USDT",
        "subject_kind": "account",
        "subject_id": "N1",
        "further_subjects": json.dumps([{"role": "seller", "kind": "account", "id": "N2"}]),
        "window_start_at": START,
        "window_end_at": END,
        "first_hit_end_at": START + SECOND,
    }
    second = first | {
        "alert_id": "b",
        "detector": "volume_spike",
        "subject_kind": "market",
        "further_subjects": "[]",
        "first_hit_end_at": START,
    }
    incident = {
        "incident_id": "i",
        "status": "open",
        "severity": "critical",
        "lead_alert_id": "a",
        "alert_ids": ["b", "a"],
        "window_start_at": START - SECOND,
        "window_end_at": END,
    }
    (made,) = findings_of([incident, incident | {"status": "superseded"}], [first, second])
    assert made == of_account(
        *("N1", "N2"),
        finding_id="i",
        detectors=("wash_ring", "volume_spike"),
        severity="critical",
        start_at=START - SECOND,
        known_at=START,
        markets=frozenset({MARKET}),
    )


def test_an_incident_finds_each_label_of_one_deed_that_a_detector_is_named_after() -> None:
    insiders = event("pump_account", event_id="1")
    pump = event("pump_and_dump", event_id="2", start_at=END - timedelta(minutes=5))
    incident = finding(detectors=("pump_and_dump", "pump_account"))
    (judged,) = judge([incident], [insiders, pump])
    assert sorted(one.event_id for one in judged.found) == ["1", "2"]
    # the pump's own detector alone says nothing of insiders
    (judged,) = judge([finding("pump_and_dump")], [insiders, pump])
    assert [one.event_id for one in judged.found] == ["2"]
    # nor is another abuse of the like, hours later, the same deed
    later = event(
        "pump_account", start_at=END + timedelta(hours=3), end_at=END + timedelta(hours=4)
    )
    (judged,) = judge([incident], [later, pump])
    assert [one.event_id for one in judged.found] == ["2"]
