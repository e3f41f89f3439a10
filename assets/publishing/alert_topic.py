"""Alerts out: every revision of every alert to a topic, at least once.

The key is the alert's id, the header `revision` the number of the revision: a consumer that takes
the greatest has each alert once, in its current state.
"""

from collections.abc import Sequence

import msgspec
from duckdb import CatalogException, DuckDBPyConnection

from assets.alerts.tables import REVISIONS
from assets.lake import NoLakeError
from assets.lake.lake import Lake
from assets.publishing.alert_schema import SCHEMA_FILE
from assets.publishing.naming import Naming
from assets.publishing.tables import PUBLISHED
from assets.publishing.topic_outbox import Row, Topic, aware, publish

AVRO_SCHEMA = SCHEMA_FILE.read_text()
_naming = Naming()


def publish_alerts(lake: Lake, *, format: str | None = None, topic: str | None = None) -> int:
    """Send the revisions that were not sent yet, as `publish` does; how many.

    The topic is by default the settings' `kafka_alert_topic`.
    """
    name = topic or lake.settings.kafka_alert_topic
    return publish(RISK_ALERTS, lake, format=format, name=name)


class Revisions:
    """The revisions of alerts; each that was sent is a row of `ops.published_alerts`."""

    table = PUBLISHED

    def unsent(self, connection: DuckDBPyConnection, topic: str, limit: int) -> list[Row]:
        names = REVISIONS.column_names
        try:
            rows = connection.execute(
                f"""
                select {", ".join(names)}
                from lake.{REVISIONS.name} as revisions
                anti join (from lake.{PUBLISHED.name} where topic = ?) using (alert_id, revision)
                -- in the order of their commits: times go back with the clock
                order by revisions.rowid
                limit {limit}
                """,
                [topic],
            ).fetchall()
        except CatalogException:
            raise NoLakeError(
                "no alert has been judged yet: the first run makes the tables"
            ) from None
        return [dict(zip(names, row, strict=True)) for row in rows]

    def remember(self, connection: DuckDBPyConnection, topic: str, rows: Sequence[Row]) -> None:
        connection.execute(
            f"insert into lake.{PUBLISHED.name} select ?, unnest(?), unnest(?)",
            [topic, [row["alert_id"] for row in rows], [row["revision"] for row in rows]],
        )


def as_json(row: Row) -> Row:
    """A revision for JSON: what is a list or an object goes in as such."""
    readable = aware(row)
    for name in ("evidence", "further_subjects"):
        if row[name] is not None:
            readable[name] = msgspec.Raw(row[name].encode())
    return readable


def as_avro(row: Row) -> Row:
    """A revision for Avro, where further subjects are records and the evidence is JSON text."""
    further_subjects = msgspec.json.decode(row["further_subjects"] or "[]")
    return aware(row) | {"further_subjects": further_subjects}


def _named(connection: DuckDBPyConnection, rows: list[Row]) -> list[Row]:
    """The revisions with who is behind each."""
    parties = _naming.of(connection, rows)
    return [row | one.as_record() for row, one in zip(rows, parties, strict=True)]


RISK_ALERTS = Topic(
    name="risk_alerts",
    schema=AVRO_SCHEMA,
    record=Revisions(),
    key=lambda row: row["alert_id"],
    version=lambda row: ("revision", str(row["revision"])),
    as_json=as_json,
    as_avro=as_avro,
    completed=_named,
)
