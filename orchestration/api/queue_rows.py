"""Incidents as the pages list them."""

from assets.cases.filtering import Money, incident_money
from assets.cases.reading import WorkedIncident
from assets.cases.reasons import words_of
from reports.desk import QueueRow


def queue_row(one: WorkedIncident, money: Money | None = None) -> QueueRow:
    """One row; dollars at stake where the money of its alerts is given and known."""
    state = one.state
    reason = words_of(state.reason, state.verdict) if state.reason and state.verdict else ""
    usd = incident_money(one.incident, money or {})
    return QueueRow(one.incident, state.state, state.assignee, state.verdict, reason, usd)
