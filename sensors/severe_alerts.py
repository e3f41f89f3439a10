"""Alerts of high or critical severity reach a person: each revision once on each channel."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg
from duckdb import DuckDBPyConnection

from assets.alerts.tables import REVISIONS
from assets.lake import NoLakeError
from assets.lake.resource import LakeResource
from assets.lake.settings import load_settings
from assets.lake.tables import refuse_other_versions
from sensors.notifications import Notification, channels
from sensors.outbox import Outbox, Placed, deliver, summary
from sensors.status import running_if

SEVERITIES = ("high", "critical")
# what was found earlier than that before a channel's first look is history, not news
NEWS = timedelta(days=1)
COLUMNS = (
    "alert_id", "revision", "status", "is_confirmed", "detector", "typology", "severity", "score",
    "subject_kind", "subject_id", "venue", "symbol", "window_start_at", "window_end_at",
    "statistic", "threshold", "description", "recommended_action",
)  # fmt: skip


@dg.sensor(
    minimum_interval_seconds=30,
    # who names a receiver wants to hear
    default_status=running_if(load_settings().notifies),
    description="New revisions of alerts of high or critical severity go to the log, the webhook "
    "and Slack; what a receiver did not take is sent again.",
)
def severe_alerts(
    context: dg.SensorEvaluationContext, lake: LakeResource
) -> Iterator[dg.SkipReason]:
    """Send what is new since the last look, and again what was not taken; starts no run."""
    opened = lake.open()
    try:
        with opened.connect() as connection:
            refuse_other_versions(connection, [REVISIONS])
            before = outbox_of(context.cursor, table_id(connection))
            outbox, sent, problems = deliver(
                before,
                channels(opened.settings, context.log),
                lambda: start(connection),
                lambda position, limit: new_after(connection, position, limit),
                lambda positions: at(connection, positions),
            )
    except NoLakeError as error:
        yield dg.SkipReason(str(error))
        return
    for problem in problems:
        context.log.warning(problem)
    if outbox != before:
        context.update_cursor(outbox.model_dump_json())
    yield dg.SkipReason(summary(outbox, sent, problems))


def outbox_of(cursor: str | None, source: str) -> Outbox:
    """What the cursor says, unless it is of a lake that has been made anew since."""
    outbox = Outbox.model_validate_json(cursor) if cursor else Outbox()
    return outbox if outbox.source == source else Outbox(source=source)


def table_id(connection: DuckDBPyConnection) -> str:
    """Which table of revisions this is: rows of another one have other positions."""
    name = REVISIONS.name.partition(".")[2]
    found = connection.execute(
        "select table_uuid from ducklake_table_info('lake') where table_name = ?", [name]
    ).fetchall()
    if not found:
        raise NoLakeError("no alert has been judged yet: the first run makes the tables")
    return str(found[0][0])


def start(connection: DuckDBPyConnection) -> int:
    """Behind what is history."""
    before = datetime.now(UTC).replace(tzinfo=None) - NEWS
    return connection.execute(
        f"select coalesce(max(rowid), -1) from lake.{REVISIONS.name} where detected_at < ?",
        [before],
    ).fetchall()[0][0]


def new_after(connection: DuckDBPyConnection, position: int, limit: int) -> Placed:
    """Severe revisions in the order of their commits, which the row ids of DuckLake follow."""
    return _select(
        connection,
        "rowid > ? and severity in (select unnest(?)) order by rowid limit ?",
        [position, list(SEVERITIES), limit],
    )


def at(connection: DuckDBPyConnection, positions: Sequence[int]) -> Placed:
    """The revisions at some positions, in the order asked for."""
    if not positions:
        return []
    found = dict(_select(connection, "rowid in (select unnest(?))", [list(positions)]))
    return [(one, found[one]) for one in positions if one in found]


def _select(connection: DuckDBPyConnection, which: str, values: list[Any]) -> Placed:
    rows = connection.execute(
        f"select rowid, {', '.join(COLUMNS)} from lake.{REVISIONS.name} where {which}", values
    ).fetchall()
    return [(row[0], notification(dict(zip(COLUMNS, row[1:], strict=True)))) for row in rows]


def notification(row: dict[str, Any]) -> Notification:
    """A revision of an alert as a person reads of it."""
    changed = "" if row["status"] == "open" else f" ({row['status']})"
    return Notification(
        id=f"{row['alert_id']}/{row['revision']}",
        kind="alert",
        severity=row["severity"],
        title=f"{row['severity']}: {row['typology']} on {row['venue']} {row['symbol']}{changed}",
        text=f"{row['description']} {row['recommended_action'] or ''}".strip()
        + f" (tapewatch explain {row['alert_id']})",
        facts={
            name: value.isoformat() + "Z" if isinstance(value, datetime) else value
            for name, value in row.items()
        },
    )
