"""What the page of one incident shows, read from the lake in one snapshot."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from assets.alerts.incident_reading import alerts_of_incident
from assets.alerts.parties import parties_of
from assets.cases.decision import VERDICTS, Decision
from assets.cases.reading import decisions_of, history
from assets.cases.reasons import reasons_for, words_of
from assets.cases.state import IncidentState, counting_decisions, decisions_by_alert, state_of
from assets.lake.lake import Lake
from orchestration.api.incident_chart import incident_chart
from orchestration.api.incident_context import evidence, other_incidents
from orchestration.api.sessions import PATH
from reports.desk import QueueRow
from reports.numbers import number

Row = dict[str, Any]


def incident_view(
    lake: Lake,
    incident: Row,
    typed: Mapping[str, str],
    *,
    state: str = "open",
    asked: tuple[datetime | None, datetime | None] = (None, None),
) -> Row:
    """The values of the page; `typed` is what a refused form had, `asked` the time of the chart."""
    decisions = decisions_of(lake)
    work = state_of(incident, decisions_by_alert(decisions))
    alerts = alerts_of_incident(lake, incident)
    lead = next(one for one in alerts if one["alert_id"] == incident["lead_alert_id"])
    ordered = [lead, *(one for one in alerts if one is not lead)]
    with lake.connect() as connection:
        (parties,) = parties_of(connection, [lead])
        chart = incident_chart(
            connection, ordered, [one.account_id for one in parties.accounts], asked,
            f"{PATH}/incidents/{incident['incident_id']}", {"state": state},
        )  # fmt: skip
        behind = evidence(connection, ordered, incident)
    accounts = incident["accounts"] or [one.account_id for one in parties.accounts]
    rate = lead["null_rate_per_symbol_day"]
    shown = QueueRow(incident, work.state, work.assignee, work.verdict)
    return {
        "title": f"{shown.symbols} {incident['typology'].replace('_', ' ')}",
        "row": shown,
        "lead": lead,
        "by_chance": f"1 in {number(1 / rate, 2)} symbol-days" if rate else "never",
        "work": work,
        "grew": _has_grown(work, incident),
        **chart,
        **behind,
        **other_incidents(lake, incident, accounts),
        "parties": parties,
        "alerts": ordered,
        "history": _history(incident, decisions),
        "reasons": {
            verdict: [one for one in reasons_for(incident["typology"]) if one.verdict == verdict]
            for verdict in VERDICTS
        },
        "request_id": str(uuid.uuid4()),
        "typed": {"verdict": "", "reason": "", "note": ""} | dict(typed),
    }


def what_was_decided(one: Decision) -> str:
    """A decision in words."""
    parts = []
    if one.takes_back is not None:
        parts.append(f"took decision {one.takes_back} back")
    if one.verdict is not None:
        parts.append(f"judged {one.verdict}: {words_of(one.reason or '', one.verdict)}")
    if one.state is not None:
        parts.append({"open": "reopened it"}.get(one.state, f"{one.state} it"))
    if one.assignee is not None:
        parts.append(f"gave it to {one.assignee}" if one.assignee else "gave it back")
    if one.case_id is not None:
        parts.append(
            f"put it into case {one.case_id}" if one.case_id else "took it out of its case"
        )
    return ", ".join(parts) or "commented:"


def _history(incident: Row, decisions: Sequence[Decision]) -> list[Row]:
    counting = {one.number for one in counting_decisions(decisions)}
    return [
        {
            "number": one.number,
            "at": one.decided_at,
            "by": one.decided_by,
            "channel": one.channel,
            "what": what_was_decided(one),
            "note": one.note,
            "digest": one.digest[:8],
            "takes_back": one.takes_back,
            "is_void": one.takes_back is None and one.number not in counting,
        }
        for one in history(incident, decisions)
    ]


def _has_grown(work: IncidentState, incident: Row) -> bool:
    decided = work.decided_revision
    return decided is not None and decided < incident["revision"]
