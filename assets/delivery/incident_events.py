"""Incidents as events: one when an incident is opened, another when its severity rises."""

import json
from collections.abc import Sequence
from datetime import date
from functools import partial

from duckdb import DuckDBPyConnection

from assets.alerts.incident_reading import RANKED
from assets.alerts.severity import ORDER
from assets.alerts.tables import ALERTS, INCIDENT_REVISIONS, INCIDENTS
from assets.delivery.events import Event, Source
from assets.delivery.table_source import table_source
from assets.lake.lake import Lake
from assets.publishing.report_files import report_path, report_url
from reports.briefing import incident_text, incident_title
from reports.queries import Row, rows


def incident_source(lake: Lake) -> Source:
    """The incidents of day runs and of a stream alike, by their revisions."""
    return table_source(
        "incidents", lake, INCIDENT_REVISIONS.name, partial(news, lake), found_at="detected_at"
    )


def news(lake: Lake, connection: DuckDBPyConnection, after: int, until: int) -> list[Event]:
    """The incidents that were opened or raised."""
    return [event_of(row, lake) for row in raised(connection, after, until)]


def raised(connection: DuckDBPyConnection, after: int, until: int) -> list[Row]:
    """The revisions behind one row id, up to another, that opened an incident or raised it.

    Row ids follow the order of commits. A superseded revision opens nothing.
    """
    return rows(
        connection,
        f"""
        with revisions as (
            select
                rowid as position,
                *,
                list_position({list(ORDER)}, severity) as grade,
                max(grade) over (
                    partition by incident_id
                    order by rowid
                    rows between unbounded preceding and 1 preceding
                ) as grade_before
            from lake.{INCIDENT_REVISIONS.name}
            where
                status <> 'superseded'
                and rowid <= $until
                and incident_id in (
                    select incident_id
                    from lake.{INCIDENT_REVISIONS.name}
                    where rowid > $after and rowid <= $until
                )
        )

        select revisions.*, alerts.null_rate_per_symbol_day
        from revisions
        left join lake.{ALERTS.name} as alerts on revisions.lead_alert_id = alerts.alert_id
        where position > $after and (grade_before is null or grade > grade_before)
        order by position
        """,
        {"after": after, "until": until},
    )


def event_of(row: Row, lake: Lake) -> Event:
    """An incident that has reached a severity."""
    day: date = row["trade_day"]
    return Event(
        kind="incident",
        subject=row["incident_id"],
        revision=row["severity"],
        title=incident_title(row),
        text=incident_text(row),
        link=report_url(lake, report_path(lake, day)),
        severity=row["severity"],
        venues=tuple(json.loads(row["venues"])),
        symbols=tuple(json.loads(row["symbols"])),
    )


def incidents_of_days(connection: DuckDBPyConnection, days: Sequence[date]) -> list[Row]:
    """The current incidents of some days, ranked, each with its lead alert's rate by chance."""
    return rows(
        connection,
        f"""
        select incidents.*, alerts.null_rate_per_symbol_day
        from (
            from lake.{INCIDENTS.name}
            where status <> 'superseded' and list_contains($days, trade_day)
        ) as incidents
        left join (select alert_id, null_rate_per_symbol_day from lake.{ALERTS.name}) as alerts
            on incidents.lead_alert_id = alerts.alert_id
        order by {RANKED}
        """,
        {"days": list(days)},
    )
