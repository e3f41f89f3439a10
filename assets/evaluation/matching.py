"""Which planted events each alert finds, by subject and time.

A finding is an incident, of one alert or several. It finds an event if one of its detectors is
declared for the event's typology, its subject is the event's market or one of its accounts, and
its stretch overlaps the event's, widened by five minutes before and half an hour after. Of one
deed with several labels (insiders, and the pump that they sell into) an incident finds each that
one of its detectors is named after. During another abuse, or an abuse's echo on another venue, it
is `related` and counts neither way. Every other one is false, also on an honest look-alike. Events
are found or not; their length is nothing.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

Outcome = Literal["found", "repeated", "related", "look_alike", "false"]
Market = tuple[str, str]
"""Venue and symbol."""
Account = tuple[str, str]
"""Venue and id; the venue is empty where it is not known."""

BEFORE, AFTER = timedelta(minutes=5), timedelta(minutes=30)
# an honest habit of the whole day explains no alert
LONGEST_LOOK_ALIKE = timedelta(hours=3)
# the price follows an abuse on another venue: nobody was honest, and nobody abused it there
ECHO = "echo"
# beside the detector that a typology is named after, those whose finding is as good
ALSO_FOUND_BY: Mapping[str, frozenset[str]] = {
    "self_trade": frozenset({"owner_self_trade", "wash_trading", "round_trip"}),
    "round_trip": frozenset({"wash_trading", "wash_ring", "pre_arranged_pair"}),
    "pre_arranged_pair": frozenset({"wash_trading", "wash_ring", "round_trip"}),
    "wash_ring": frozenset({"wash_trading", "pre_arranged_pair"}),
    "wash_trading": frozenset({"wash_ring", "pre_arranged_pair", "round_trip", "self_trade"}),
    "pump_and_dump": frozenset({"slow_pump", "pump_account"}),
    "slow_pump": frozenset({"pump_and_dump", "ramping"}),
    "ramping": frozenset({"slow_pump"}),
}


@dataclass(frozen=True, kw_only=True)
class Finding:
    """An incident; the first of `detectors` leads it.

    `markets` are those that it is about, `accounts` those that it names as subjects; `place` is
    where its trades are, also if it is about accounts alone. `run` tells the markets of several
    seeds apart. Times are naive and in UTC.
    """

    finding_id: str
    detectors: tuple[str, ...]
    severity: str
    place: Market
    start_at: datetime
    end_at: datetime
    known_at: datetime
    markets: frozenset[Market] = frozenset()
    accounts: frozenset[Account] = frozenset()
    run: int = 0


@dataclass(frozen=True, kw_only=True)
class Event:
    """A labelled episode: an abuse, or an honest look-alike."""

    event_id: str
    typology: str
    severity: str | None
    is_abuse: bool
    market: Market
    start_at: datetime
    end_at: datetime
    accounts: frozenset[str] = frozenset()
    run: int = 0


@dataclass(frozen=True)
class Judged:
    """A finding, what it is worth, the event that explains it, and the events first found by it."""

    finding: Finding
    outcome: Outcome
    event: Event | None
    found: tuple[Event, ...] = ()


def findings_of(
    incidents: Iterable[Mapping[str, Any]], alerts: Iterable[Mapping[str, Any]], run: int = 0
) -> list[Finding]:
    """Current rows of `alerts.incidents`, their lists parsed, from the rows of their alerts."""
    by_id = {row["alert_id"]: finding_of(row, run) for row in alerts}
    return [
        _joined(
            incident,
            by_id[incident["lead_alert_id"]],
            [by_id[alert_id] for alert_id in incident["alert_ids"]],
        )
        for incident in incidents
        if incident["status"] != "superseded"
    ]


def _joined(incident: Mapping[str, Any], lead: Finding, members: Sequence[Finding]) -> Finding:
    detectors = {name for one in members for name in one.detectors} - {*lead.detectors}
    return replace(
        lead,
        finding_id=incident["incident_id"],
        detectors=(*lead.detectors, *sorted(detectors)),
        severity=incident["severity"],
        start_at=incident["window_start_at"],
        end_at=incident["window_end_at"],
        known_at=min(one.known_at for one in members),
        markets=frozenset().union(*(one.markets for one in members)),
        accounts=frozenset().union(*(one.accounts for one in members)),
    )


def events_of(labels: Iterable[Mapping[str, Any]], run: int = 0) -> list[Event]:
    """Rows of `labels.parquet`."""
    return [
        Event(
            event_id=row["episode_id"],
            typology=row["typology"],
            severity=row["severity"],
            is_abuse=row["is_abuse"],
            market=(row["venue"], row["symbol"]),
            start_at=row["window_start_at"],
            end_at=row["window_end_at"],
            accounts=frozenset(row.get("accounts") or ()),
            run=run,
        )
        for row in labels
    ]


def detectors_of(typology: str) -> frozenset[str]:
    """The detectors whose finding counts for a typology."""
    return ALSO_FOUND_BY.get(typology, frozenset()) | {typology}


def judge(findings: Iterable[Finding], events: Iterable[Event]) -> list[Judged]:
    """Judge each finding, in the order in which they were known."""
    near: dict[tuple[int, str], list[Event]] = defaultdict(list)
    for event in events:
        near[event.run, event.market[0]].append(event)
    found: set[tuple[int, str]] = set()
    judged = []
    for finding in sorted(findings, key=lambda one: (one.known_at, one.run, one.finding_id)):
        venues = {venue for venue, _ in (finding.place, *finding.markets, *finding.accounts)}
        candidates = [
            event
            for venue in sorted(venues)
            for event in near[finding.run, venue]
            if _is_about(finding, event)
        ]
        judged.append(_judge(finding, candidates, found))
    return judged


def _judge(finding: Finding, candidates: Sequence[Event], found: set[tuple[int, str]]) -> Judged:
    sought = [
        event
        for event in candidates
        if event.is_abuse and detectors_of(event.typology) & {*finding.detectors}
    ]
    if sought:
        # of several, one that nothing has found yet, and of these the nearest
        event = min(
            sought,
            key=lambda one: (
                (one.run, one.event_id) in found,
                abs(one.start_at - finding.start_at),
                one.event_id,
            ),
        )
        new = [
            one
            for one in (event, *_beside(event, sought, finding))
            if (one.run, one.event_id) not in found
        ]
        found.update((one.run, one.event_id) for one in new)
        return Judged(finding, "found" if new else "repeated", event, tuple(new))
    for event in candidates:
        if event.is_abuse or event.typology == ECHO:
            return Judged(finding, "related", event)
    for event in candidates:
        if event.end_at - event.start_at <= LONGEST_LOOK_ALIKE:
            return Judged(finding, "look_alike", event)
    return Judged(finding, "false", None)


def _beside(event: Event, sought: Sequence[Event], finding: Finding) -> list[Event]:
    """The nearest label of each other typology of that time that a detector is named after."""
    nearest: dict[str, Event] = {}
    for one in sorted(sought, key=lambda one: (abs(one.start_at - event.start_at), one.event_id)):
        touches = one.start_at < event.end_at and one.end_at > event.start_at
        if one.typology in {*finding.detectors} - {event.typology} and touches:
            nearest.setdefault(one.typology, one)
    return list(nearest.values())


def _is_about(finding: Finding, event: Event) -> bool:
    if finding.start_at >= event.end_at + AFTER or finding.end_at <= event.start_at - BEFORE:
        return False
    if event.market in finding.markets:
        return True
    venue, symbol = event.market
    if finding.place[1] and finding.place[1] != symbol:
        return False
    if not event.is_abuse:
        # honest labels name no accounts: an account is explained by what happens where it trades
        return not finding.markets and finding.place == event.market
    return any(of in {venue, ""} and account in event.accounts for of, account in finding.accounts)


def finding_of(row: Mapping[str, Any], run: int = 0) -> Finding:
    """A row of `alerts.alerts` as a finding of its one detector."""
    place = row["venue"], row["symbol"]
    subjects = [
        (row["subject_kind"], row["subject_id"]),
        *((one["kind"], one["id"]) for one in json.loads(row["further_subjects"])),
    ]
    return Finding(
        finding_id=row["alert_id"],
        detectors=(row["detector"],),
        severity=row["severity"],
        place=place,
        start_at=row["window_start_at"],
        end_at=row["window_end_at"],
        known_at=row["first_hit_end_at"],
        markets=frozenset({place} if row["subject_kind"] == "market" else ()),
        accounts=frozenset((row["venue"], name) for kind, name in subjects if kind == "account"),
        run=run,
    )
