"""What the page of one incident shows, read from the lake in one snapshot."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from duckdb import DuckDBPyConnection

from assets.alerts.parties import parties_of
from assets.cases.decision import VERDICTS, Decision
from assets.cases.involved import shares_of_accounts
from assets.cases.reading import history
from assets.cases.reasons import reasons_for
from assets.cases.state import (
    IncidentState,
    cases_of,
    counting_decisions,
    decisions_by_alert,
    state_of,
)
from assets.cases.words import what_was_decided
from orchestration.api.incident_chart import incident_chart
from orchestration.api.incident_context import evidence, neighbours, other_incidents
from orchestration.api.reading import alerts_of, existing_incident
from orchestration.api.recent import Recent
from orchestration.api.sessions import PATH
from orchestration.api.shared_lake import SharedLake
from reports.desk import QueueRow
from reports.numbers import number

Row = dict[str, Any]
NOT_TRADED: Row = {
    "traded_snapshot": None, "parties": None, "shares": {}, "chart": None, "pairs": None,
    "trade_count": 0, "trades": "",
}  # fmt: skip
"""While the lake does not answer."""


def incident_view(
    lake: SharedLake,
    incident: Row,
    typed: Mapping[str, str],
    *,
    back: str = "",
    asked: tuple[datetime | None, datetime | None] = (None, None),
) -> Row:
    """The values of the page; `typed` is what a refused form had, `asked` the time of the chart."""
    incident_id = incident["incident_id"]

    def read(recent: Recent, connection: DuckDBPyConnection) -> Row:
        found = existing_incident(recent, incident_id)
        return _traded(recent, connection, found, back, asked)

    # the trades of an incident that has not grown are those of minutes ago
    key = ("incident", incident_id, incident["revision"], back, asked)
    recent, traded = lake.once(key, read, seconds=300)
    # the lake may have gone on since the incident was looked up
    incident = existing_incident(recent, incident_id)
    ordered = _lead_first(recent, incident)
    lead = ordered[0]
    traded = traded or NOT_TRADED
    decisions = recent.decisions
    work = state_of(incident, decisions_by_alert(decisions))
    rate = lead["null_rate_per_symbol_day"]
    shown = QueueRow(incident, work.state, work.assignee, work.verdict)
    return {
        "title": f"{shown.symbols} {incident['typology'].replace('_', ' ')}",
        "row": shown,
        "lead": lead,
        "by_chance": f"1 in {number(1 / rate, 2)} symbol-days" if rate else "never",
        "work": work,
        "grew": _has_grown(work, incident),
        **traded,
        **other_incidents(recent, incident, traded["shares"]),
        "alerts": ordered,
        "history": history_rows(history(incident, decisions), decisions),
        "recent": recent,
        "reasons": {
            verdict: [one for one in reasons_for(incident["typology"]) if one.verdict == verdict]
            for verdict in VERDICTS
        },
        "request_id": str(uuid.uuid4()),
        "case": cases_of(decisions).get(work.case_id),
        "typed": {"verdict": "", "reason": "", "note": ""} | dict(typed),
    }


def _lead_first(recent: Recent, incident: Row) -> list[Row]:
    """The alerts of an incident, by time but for the lead."""
    return sorted(
        alerts_of(recent, incident), key=lambda one: one["alert_id"] != incident["lead_alert_id"]
    )


def _traded(
    recent: Recent,
    connection: DuckDBPyConnection,
    incident: Row,
    back: str,
    asked: tuple[datetime | None, datetime | None],
) -> Row:
    """What the lake's large tables have of an incident: who traded, its minutes, its trades."""
    alerts = _lead_first(recent, incident)
    (parties,) = parties_of(connection, alerts[:1])
    accounts = [one.account_id for one in parties.accounts]
    chart = incident_chart(
        connection, alerts, accounts, asked, f"{PATH}/incidents/{incident['incident_id']}",
        {"back": back} if back else {},
    )  # fmt: skip
    then = neighbours(recent, incident)[0]
    return {
        "traded_snapshot": recent.snapshot,
        "parties": parties,
        "shares": shares_of_accounts(connection, then, incident["accounts"] or accounts),
        "chart": chart,
        **evidence(connection, alerts, incident),
    }


def history_rows(about: Sequence[Decision], decisions: Sequence[Decision]) -> list[Row]:
    """Decisions as a page lists them; those of all that were taken back are marked."""
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
            "about": one.about,
            "about_id": one.about_id,
            "is_void": one.takes_back is None and one.number not in counting,
        }
        for one in about
    ]


def _has_grown(work: IncidentState, incident: Row) -> bool:
    decided = work.decided_revision
    return decided is not None and decided < incident["revision"]
