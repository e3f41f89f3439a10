"""Incidents with what was decided of them: the queue as people work on it, and one's history."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from assets.alerts.incident_reading import Queue, queue
from assets.alerts.reading import Wanted
from assets.cases.decision import Decision
from assets.cases.recording import every_decision
from assets.cases.state import IncidentState, decisions_by_alert, mutes_of, state_of
from assets.lake.lake import Lake

MUTED = "muted"
STATES = ("open", "in review", "escalated", "closed", MUTED)


@dataclass(frozen=True)
class Worked:
    """Incidents beside their states, in order, and how many of them the day's budget shows."""

    incidents: list[tuple[dict[str, Any], IncidentState]]
    budget: int
    muted: int
    """Incidents that are not shown because they are muted."""


def worked_queue(
    lake: Lake,
    wanted: Wanted,
    *,
    sort: str = "rank",
    states: Collection[str] = (),
    assignee: str | None = None,
) -> Worked:
    """The incidents that are wanted and in one of the states; none means all but muted ones."""
    found: Queue = queue(lake, wanted, sort)
    decisions = decisions_of(lake)
    by_alert, mutes = decisions_by_alert(decisions), mutes_of(decisions)
    shown: list[tuple[dict[str, Any], IncidentState]] = []
    muted = 0
    for incident in found.incidents:
        state = state_of(incident, by_alert)
        if assignee is not None and state.assignee != assignee:
            continue
        # what somebody works on is shown whoever muted it
        is_muted = state.state == "open" and any(mute.hides(incident) for mute in mutes)
        muted += is_muted
        is_wanted = (MUTED if is_muted else state.state) in states if states else not is_muted
        if is_wanted:
            shown.append((incident, state))
    return Worked(shown, found.budget, muted)


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
