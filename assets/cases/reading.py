"""Incidents with what was decided of them: the queue as people work on it, and one's history."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from assets.alerts.incident_reading import Queue, queue
from assets.alerts.reading import Wanted
from assets.cases.decision import Decision
from assets.cases.recording import every_decision
from assets.cases.state import IncidentState, decisions_by_alert, mutes_of, state_of
from assets.lake.lake import Lake

MUTED = "muted"
STATES = ("open", "in review", "escalated", "closed", MUTED)


class WorkedIncident(NamedTuple):
    """An incident, a row of `alerts.incidents` with its lists as lists, and what was decided."""

    incident: dict[str, Any]
    state: IncidentState
    is_muted: bool
    """Whether a mute hides it; never one that somebody works on."""


@dataclass(frozen=True)
class Worked:
    """Incidents in order, and how many of them the day's budget shows."""

    incidents: list[WorkedIncident]
    budget: int
    muted: int
    """Incidents that are not shown because they are muted."""


def worked_queue(
    lake: Lake,
    wanted: Wanted,
    *,
    sort: str = "rank",
    states: Collection[str] = (),
) -> Worked:
    """The incidents that are wanted and in one of the states; none means all but muted ones."""
    return with_states(queue(lake, wanted, sort), decisions_of(lake), states=states)


def with_states(
    found: Queue,
    decisions: Sequence[Decision],
    *,
    states: Collection[str] = (),
) -> Worked:
    """Incidents with what all the decisions say of them, as `worked_queue` gives them."""
    by_alert, mutes = decisions_by_alert(decisions), mutes_of(decisions)
    every: list[WorkedIncident] = []
    for incident in found.incidents:
        state = state_of(incident, by_alert)
        is_muted = state.state == "open" and any(mute.hides(incident) for mute in mutes)
        every.append(WorkedIncident(incident, state, is_muted))
    shown = [one for one in every if _is_in(one, states)]
    hidden = sum(one.is_muted for one in every) - sum(one.is_muted for one in shown)
    return Worked(shown, found.budget, hidden)


def _is_in(one: WorkedIncident, states: Collection[str]) -> bool:
    if not states:
        return not one.is_muted
    return (MUTED if one.is_muted else one.state.state) in states


def between(
    incidents: Sequence[WorkedIncident], since: datetime, until: datetime
) -> list[WorkedIncident]:
    """Those that end at `since` or later and start before `until`, as `Wanted` means them."""
    return [
        one
        for one in incidents
        if one.incident["window_end_at"] >= since and one.incident["window_start_at"] < until
    ]


def decisions_of(lake: Lake) -> list[Decision]:
    """Every decision of the lake, in order."""
    with lake.connect() as connection:
        return every_decision(lake, connection)


def history(incident: dict[str, Any], decisions: Sequence[Decision]) -> list[Decision]:
    """What was decided of an incident, taken back or not, in order."""
    return [
        one
        for one in decisions
        if one.about == "incident" and one.alert_id in incident["alert_ids"]
    ]
