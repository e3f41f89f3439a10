"""Incidents as events: one when an incident is opened, another when its severity rises."""

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial

from duckdb import DuckDBPyConnection

from assets.alerts.incident_reading import RANKED
from assets.alerts.severity import ORDER
from assets.alerts.tables import ALERTS, INCIDENT_REVISIONS, INCIDENTS
from assets.delivery.events import Event, Found, Source
from assets.lake.lake import Lake
from assets.lake.positions import NOTHING, Position, end_of
from assets.lake.tables import refuse_other_versions
from assets.publishing.report_files import report_path, report_url
from reports.briefing import incident_text, incident_title
from reports.queries import Row, rows

# so many, found at once, are one message that lists them: a person reads no hundred
LISTED_FROM = 10
LINES = 20
# what was found earlier than that before the first look is history, not news
NEWS = timedelta(days=1)


def incident_source(lake: Lake) -> Source:
    """The incidents of day runs and of a stream alike, by their revisions."""
    return Source("incidents", partial(look, lake))


def look(lake: Lake, cursor: str | None) -> Found:
    """What has been opened or raised behind a cursor; of another table, as at the first look."""
    with lake.connect() as connection:
        refuse_other_versions(connection, [INCIDENT_REVISIONS])
        end = end_of(connection, INCIDENT_REVISIONS.name)
        before = Position.of_text(cursor) if cursor else None
        if before is None or before.table_id != end.table_id:
            after = before_news(connection, datetime.now(UTC).replace(tzinfo=None) - NEWS)
        else:
            after = before.row_id
        found = raised(connection, after, end.row_id) if after < end.row_id else []
    return Found([event_of(row, lake) for row in found], str(end))


def before_news(connection: DuckDBPyConnection, at: datetime) -> int:
    """The last row of a revision that was found before an instant."""
    return connection.execute(
        f"select coalesce(max(rowid), {NOTHING}) from lake.{INCIDENT_REVISIONS.name} "
        "where detected_at < ?",
        [at],
    ).fetchall()[0][0]


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
        text=incident_text(row, lake.settings.program),
        link=report_url(lake, report_path(lake, day)),
        severity=row["severity"],
        venues=tuple(json.loads(row["venues"])),
        symbols=tuple(json.loads(row["symbols"])),
    )


def list_of(incidents: Sequence[Event]) -> Event:
    """One message about many incidents, the gravest first; their own keys make its key."""
    ranked = sorted(incidents, key=lambda one: -ORDER.index(one.severity or "low"))
    more = len(ranked) - LINES
    lines = [f"- {one.title}: {one.text.splitlines()[0]}" for one in ranked[:LINES]]
    keys = " ".join(sorted(one.key for one in incidents))
    return Event(
        kind="incident",
        subject="list",
        revision=hashlib.sha256(keys.encode()).hexdigest(),
        title=f"{len(ranked):,} incidents, the gravest {ranked[0].title}",
        text="\n".join([*lines, *([f"- and {more:,} more"] if more > 0 else [])]),
        link=ranked[0].link,
        severity=ranked[0].severity,
        venues=tuple(sorted({venue for one in incidents for venue in one.venues})),
        symbols=tuple(sorted({symbol for one in incidents for symbol in one.symbols})),
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
