"""Incidents in a report: what happened, to whom, when, and by which alerts; ranked."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from duckdb import DuckDBPyConnection

from reports.alerts import Alert, rank_of
from reports.numbers import span
from reports.queries import Row, rows


@dataclass(frozen=True)
class Incident:
    """One incident; `row` has the columns of `alerts.incidents`, `alerts` are those of the day."""

    row: Row
    day: date
    alerts: Sequence[Alert]

    @property
    def when(self) -> str:
        return span(self.row["window_start_at"], self.row["window_end_at"], self.day)

    @property
    def severity_rank(self) -> int:
        """1 for low to 4 for critical; 0 for an unknown severity."""
        return rank_of(self.row["severity"])

    @property
    def lead(self) -> Alert | None:
        """The alert that concludes most; None where it lies on another day."""
        named = self.row["lead_alert_id"]
        return next((one for one in self.alerts if one.row["alert_id"] == named), None)

    @property
    def venues(self) -> list[str]:
        return json.loads(self.row["venues"])

    @property
    def symbols(self) -> list[str]:
        return json.loads(self.row["symbols"])

    @property
    def accounts(self) -> list[str]:
        return json.loads(self.row["accounts"])

    @property
    def rank(self) -> tuple[Any, ...]:
        """Sort key: the gravest first; of equals confirmed, of the highest score, the earliest."""
        row = self.row
        return (
            -self.severity_rank,
            not row["is_confirmed"],
            -(row["score"] or 0.0),
            row["window_start_at"],
            row["incident_id"],
        )


def incidents_of_day(
    connection: DuckDBPyConnection, day: date, alerts: Sequence[Alert]
) -> list[Incident]:
    """The current incidents that overlap a UTC day, ranked, with those alerts that are theirs."""
    start_at = datetime.combine(day, datetime.min.time())
    by_id = {alert.row["alert_id"]: alert for alert in alerts}
    found = rows(
        connection,
        "from lake.alerts.incidents "
        "where status <> 'superseded' and window_start_at < ? and window_end_at > ?",
        [start_at + timedelta(days=1), start_at],
    )
    incidents = [
        Incident(row, day, [by_id[one] for one in json.loads(row["alert_ids"]) if one in by_id])
        for row in found
    ]
    return sorted(incidents, key=lambda incident: incident.rank)
