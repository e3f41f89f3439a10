"""What the decisions amount to: the state of an incident, the cases, the mutes. Pure folds.

A decision that was taken back does not count. Of two that contradict each other the later counts.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from assets.alerts.severity import ORDER
from assets.cases.decision import Decision, State, Verdict


@dataclass(frozen=True)
class IncidentState:
    """Where the work on an incident is."""

    state: State = "open"
    verdict: Verdict | None = None
    reason: str | None = None
    note: str = ""
    """Of the verdict."""
    assignee: str = ""
    """'' is nobody."""
    case_id: str = ""
    decided_at: datetime | None = None
    """Of the last decision."""
    decided_by: str = ""
    decided_revision: int | None = None
    """The incident's revision that the last verdict was made on."""
    last_number: int = 0
    """The last decision's number."""


OPEN = IncidentState()


@dataclass(frozen=True)
class Case:
    """Incidents that somebody works on together."""

    case_id: str
    title: str
    opened_by: str
    opened_at: datetime
    state: State
    alert_ids: tuple[str, ...]
    """Of each incident in it, the first alert."""


@dataclass(frozen=True)
class Mute:
    """What is not shown in the queue, until when and why; '' in a field means each."""

    mute_id: str
    detector: str
    venue: str
    symbol: str
    subject_id: str
    until: datetime
    severity: str | None
    note: str
    muted_by: str
    muted_at: datetime

    def hides(self, incident: Mapping[str, Any]) -> bool:
        """Whether an incident is muted: all of its detectors are, or its symbol or subject is.

        `incident` is a row of `alerts.incidents` with its lists as lists. A graver incident than
        any that was muted when the mute was made is not.
        """
        graver = self.severity is not None and (
            ORDER.index(incident["severity"]) > ORDER.index(self.severity)
        )
        subjects = {incident["subject_id"], *incident["accounts"]}
        return (
            not graver
            and incident["window_end_at"] < self.until
            and (not self.detector or set(incident["detectors"]) == {self.detector})
            and (not self.venue or self.venue in incident["venues"])
            and (not self.symbol or set(incident["symbols"]) == {self.symbol})
            and (not self.subject_id or self.subject_id in subjects)
        )


def counting_decisions(decisions: Iterable[Decision]) -> list[Decision]:
    """Those that were not taken back, in order."""
    every = sorted(decisions, key=lambda one: one.number)
    taken_back: set[int] = set()
    # a decision that takes back another can be taken back itself, which restores the other
    for one in reversed(every):
        if one.takes_back is not None and one.number not in taken_back:
            taken_back.add(one.takes_back)
    return [one for one in every if one.number not in taken_back and one.takes_back is None]


def decisions_by_alert(decisions: Sequence[Decision]) -> dict[str, list[Decision]]:
    """The decisions that count about incidents, by the first alert that they name."""
    by_alert: dict[str, list[Decision]] = {}
    for one in counting_decisions(decisions):
        if one.about == "incident":
            by_alert.setdefault(one.alert_id, []).append(one)
    return by_alert


def state_of(
    incident: Mapping[str, Any], by_alert: Mapping[str, Sequence[Decision]]
) -> IncidentState:
    """The state of an incident: of all decisions that name one of its alerts.

    `by_alert` comes from `decisions_by_alert`. An incident that has grown, or two that became one,
    carry what was decided before.
    """
    about = [one for alert_id in incident["alert_ids"] for one in by_alert.get(alert_id, ())]
    state = OPEN
    for one in sorted(about, key=lambda one: one.number):
        state = _after(state, one)
    return state


def _after(state: IncidentState, one: Decision) -> IncidentState:
    state = replace(
        state, decided_at=one.decided_at, decided_by=one.decided_by, last_number=one.number
    )
    if one.verdict is not None:
        state = replace(
            state, verdict=one.verdict, reason=one.reason, note=one.note,
            decided_revision=one.incident_revision,
        )  # fmt: skip
    if one.assignee is not None:
        taken: State = "in review" if one.assignee else "open"
        is_free = state.state in ("open", "in review")
        state = replace(state, assignee=one.assignee, state=taken if is_free else state.state)
    if one.state is not None:
        state = replace(state, state=one.state)
    if one.case_id is not None:
        state = replace(state, case_id=one.case_id)
    return state


def cases_of(decisions: Sequence[Decision]) -> dict[str, Case]:
    """Every case by its id, in the order in which they were opened."""
    members: dict[str, str] = {}
    cases: dict[str, Case] = {}
    for one in counting_decisions(decisions):
        if one.about == "case":
            case = cases.get(one.about_id) or Case(
                one.about_id, "", one.decided_by, one.decided_at, "open", ()
            )
            cases[one.about_id] = replace(
                case, title=case.title if one.title is None else one.title,
                state=one.state or case.state,
            )  # fmt: skip
        if one.about == "incident" and one.case_id is not None:
            members[one.alert_id] = one.case_id
    return {
        name: replace(case, alert_ids=tuple(a for a, into in members.items() if into == name))
        for name, case in cases.items()
    }


def mutes_of(decisions: Sequence[Decision]) -> list[Mute]:
    """The mutes that were not taken back, in the order in which they were made."""
    return [
        Mute(
            mute_id=one.about_id, detector=one.mute_detector, venue=one.mute_venue,
            symbol=one.mute_symbol, subject_id=one.mute_subject_id, until=one.mute_until,
            severity=one.mute_severity, note=one.note, muted_by=one.decided_by,
            muted_at=one.decided_at,
        )
        for one in counting_decisions(decisions)
        if one.about == "mute" and one.mute_until is not None
    ]  # fmt: skip
