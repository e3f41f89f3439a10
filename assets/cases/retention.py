"""For how long the snapshots stay that cases cite: an open case's always, a closed one's for years.

A case cites the snapshots that its decisions were made on, and those from which the alerts of its
incidents were derived: without them nobody could read again what was judged.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from duckdb import DuckDBPyConnection

from assets.alerts.incident_reading import parsed
from assets.alerts.tables import ALERTS, INCIDENTS
from assets.cases.decision import Decision
from assets.cases.state import cases_of, counting_decisions, decisions_by_alert, state_of
from assets.lake.tables import refuse_other_versions
from reports.queries import rows


def cited_by_cases(
    connection: DuckDBPyConnection,
    decisions: Sequence[Decision],
    retention: timedelta,
    now: datetime,
) -> set[int]:
    """The snapshots that open cases cite, and cases that were closed within the retention.

    `connection` has the lake attached; `now` is naive UTC.
    """
    closed_at = {
        one.about_id: one.decided_at
        for one in counting_decisions(decisions)
        if one.about == "case" and one.state == "closed"
    }
    cases = {
        name
        for name, case in cases_of(decisions).items()
        if case.state != "closed" or closed_at[name] > now - retention
    }
    if not cases:
        return set()
    ids = _alerts_of(connection, decisions, cases)
    cited = {
        one.snapshot_id
        for one in decisions
        if one.about_id in cases or one.case_id in cases or one.alert_id in ids
    }
    if ALERTS.name in refuse_other_versions(connection, [ALERTS]):
        derived = connection.execute(
            f"select input_snapshot_id from lake.{ALERTS.name} "
            "where alert_id in (select unnest(?))",
            [sorted(ids)],
        ).fetchall()
        cited |= {one for (one,) in derived}
    return {one for one in cited if one is not None}


def _alerts_of(
    connection: DuckDBPyConnection, decisions: Sequence[Decision], cases: set[str]
) -> set[str]:
    """The alerts of the incidents in some cases, superseded ones too."""
    by_alert = decisions_by_alert(decisions)
    named = {one.alert_id for one in decisions if one.case_id in cases}
    if INCIDENTS.name not in refuse_other_versions(connection, [INCIDENTS]):
        return named
    incidents = [parsed(row) for row in rows(connection, f"from lake.{INCIDENTS.name}")]
    members = (one for one in incidents if state_of(one, by_alert).case_id in cases)
    return named | {alert_id for one in members for alert_id in one["alert_ids"]}
