"""`tapewatch incidents`, and what `tapewatch explain` says of one."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from assets.alerts.incident_reading import LISTS, alerts_of_incident
from assets.alerts.tables import INCIDENTS
from assets.cases.reading import Worked
from assets.cases.state import IncidentState
from assets.lake.lake import Lake
from orchestration.command_line.alerts import print_alerts
from orchestration.command_line.output import (
    console,
    errors,
    print_csv,
    print_json,
    print_rows,
    shown,
)
from orchestration.command_line.plain_text import escape, said

NAMES_SHOWN = 3


def show_incidents(worked: Worked, *, limit: int | None, style: str) -> None:
    """Print the queue as a table, or every incident as CSV or JSON, with what was decided."""
    every = [one.incident | _decided(one.state) for one in worked.incidents]
    if style == "json":
        print_json(every[:limit])
        return
    if style == "csv":
        written = [row | {name: json.dumps(row[name]) for name in LISTS} for row in every[:limit]]
        print_csv(written, [*INCIDENTS.column_names, *_decided(IncidentState())])
        return
    first = every[: worked.budget if limit is None else limit]
    print_rows([_listed(one) for one in first], title="incidents", as_json=False)
    if len(first) < len(every):
        errors.print(
            f"{len(first):,} of {len(every):,} incidents, --limit shows more", highlight=False
        )
    if worked.muted:
        errors.print(f"{worked.muted:,} muted, --state muted lists them", highlight=False)


def _decided(state: IncidentState) -> dict[str, Any]:
    """What was decided of an incident, as columns beside its own."""
    return {
        "state": state.state,
        "verdict": state.verdict,
        "assignee": state.assignee or None,
        "case_id": state.case_id or None,
    }


def _listed(incident: Mapping[str, Any]) -> dict[str, Any]:
    """A row of the queue that fits into a terminal of 80 columns."""
    return {
        "incident_id": incident["incident_id"],
        "severity": incident["severity"],
        "what": incident["typology"],
        "who": who(incident),
        "from": incident["window_start_at"],
        "alerts": incident["alert_count"],
        "state": incident["verdict"] or incident["assignee"] or incident["state"],
    }


def who(incident: Mapping[str, Any]) -> str:
    """The accounts that an incident names, else its symbols and venues."""
    if incident["accounts"]:
        return f"{some(incident['accounts'])}, {some(incident['symbols'])}"
    return f"{some(incident['symbols'])} {some(incident['venues'])}"


def some(names: Sequence[str]) -> str:
    """The first names, and how many more there are."""
    more = f" +{len(names) - NAMES_SHOWN}" if len(names) > NAMES_SHOWN else ""
    return ", ".join(names[:NAMES_SHOWN]) + more


def show_incident(lake: Lake, incident: Mapping[str, Any]) -> None:
    """Print an incident's head and the table of its alerts."""
    console.print(
        f"[bold]incident {incident['incident_id'][:12]}[/bold] {escape(who(incident))} "
        f"{shown(incident['window_start_at'])} to {shown(incident['window_end_at'])} UTC, "
        f"{incident['severity']}",
        highlight=False,
    )
    print_alerts(alerts_of_incident(lake, dict(incident)))
    console.print(said("The alert that concludes most:"))
