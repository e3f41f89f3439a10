"""Alerts out: every revision of every alert to a topic, at least once.

The key is the alert's id, the header `revision` the number of the revision: a consumer that takes
the greatest has each alert once, in its current state. The lake records what was sent, after the
broker confirmed it: a publisher that dies in between sends again.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import msgspec
from duckdb import CatalogException, DuckDBPyConnection, HTTPException, IOException

from assets.alerts.tables import REVISIONS
from assets.lake import NoLakeError
from assets.lake.lake import Lake
from assets.lake.sessions import connections
from assets.lake.settings import Settings
from assets.landing.messages import avro_message
from assets.publishing.alert_schema import SCHEMA_FILE
from assets.publishing.naming import Naming
from assets.publishing.tables import PUBLISHED

SUBJECT = "risk_alerts-value"
AVRO_SCHEMA = SCHEMA_FILE.read_text()
PARTITIONS = 3
AT_ONCE = 5_000
TIMEOUT_SECONDS = 30

Row = dict[str, Any]
_naming = Naming()


def publish_alerts(lake: Lake, *, format: str | None = None, topic: str | None = None) -> int:
    """Send the revisions that were not sent yet; how many.

    Parameters
    ----------
    format
        `avro` or `json`; by default Avro where the settings name a schema registry.
    topic
        By default the settings' `kafka_alert_topic`.

    Raises
    ------
    BrokerError
        The broker did not confirm them in time: they stay unsent, the next call sends them.
    NoLakeError
        There are no alerts yet, nor a table of them.
    SettingsError
        No broker is set, or no registry for Avro.
    """
    topic = topic or lake.settings.kafka_alert_topic
    try:
        return _publish(lake, format, topic)
    except (IOException, HTTPException):
        # the connection outlived its server or its credentials
        return _publish(lake, format, topic)


def _publish(lake: Lake, format: str | None, topic: str) -> int:
    from assets.landing.kafka.broker import bootstrap_of, ensure_topics, producer, send_all

    bootstrap = bootstrap_of(lake.settings)
    with connections.of(lake) as connection:
        rows = _unsent(connection, topic)
        # without a revision to send no server is needed
        if not rows:
            return 0
        encode = _encoder(lake.settings, format)
        ensure_topics(bootstrap, {topic: PARTITIONS})
        sender = producer(bootstrap)
        count = 0
        while rows:
            parties = _naming.of(connection, rows)
            named = (row | one.as_record() for row, one in zip(rows, parties, strict=True))
            send_all(sender, topic, (_message(row, encode) for row in named), TIMEOUT_SECONDS)
            _remember(lake, connection, topic, rows)
            count += len(rows)
            rows = _unsent(connection, topic) if len(rows) == AT_ONCE else []
    return count


def encode_json(row: Row) -> bytes:
    """A revision as JSON: times ISO 8601 in UTC, what is a list or an object as such."""
    readable = _aware(row)
    for name in ("evidence", "further_subjects"):
        if row[name] is not None:
            readable[name] = msgspec.Raw(row[name].encode())
    return msgspec.json.encode(readable)


def encode_avro(row: Row, schema_id: int, schema: Any) -> bytes:
    """A revision in Avro behind the id that the registry gave `AVRO_SCHEMA`."""
    further_subjects = msgspec.json.decode(row["further_subjects"] or "[]")
    return avro_message(_aware(row) | {"further_subjects": further_subjects}, schema_id, schema)


def _aware(row: Row) -> Row:
    return {
        name: value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
        for name, value in row.items()
    }


def _message(row: Row, encode: Callable[[Row], bytes]) -> Row:
    headers = [("revision", str(row["revision"]).encode())]
    return {"value": encode(row), "key": row["alert_id"], "headers": headers}


def _encoder(settings: Settings, format: str | None) -> Callable[[Row], bytes]:
    if format == "json" or (format is None and settings.schema_registry is None):
        return encode_json
    import fastavro

    from assets.landing.kafka.registry import registry_of

    schema_id = registry_of(settings).register(SUBJECT, AVRO_SCHEMA)
    schema = fastavro.parse_schema(msgspec.json.decode(AVRO_SCHEMA))
    return partial(encode_avro, schema_id=schema_id, schema=schema)


def _unsent(connection: DuckDBPyConnection, topic: str) -> list[Row]:
    names = REVISIONS.column_names
    try:
        rows = connection.execute(
            f"""
            select {", ".join(names)}
            from lake.{REVISIONS.name} as revisions
            anti join (from lake.{PUBLISHED.name} where topic = ?) using (alert_id, revision)
            -- in the order of their commits: times go back with the clock
            order by revisions.rowid
            limit {AT_ONCE}
            """,
            [topic],
        ).fetchall()
    except CatalogException:
        raise NoLakeError("no alert has been judged yet: the first run makes the tables") from None
    return [dict(zip(names, row, strict=True)) for row in rows]


def _remember(lake: Lake, connection: DuckDBPyConnection, topic: str, rows: list[Row]) -> None:
    def work(connection: DuckDBPyConnection) -> None:
        connection.execute(
            f"insert into lake.{PUBLISHED.name} select ?, unnest(?), unnest(?)",
            [topic, [row["alert_id"] for row in rows], [row["revision"] for row in rows]],
        )

    with lake.lock((PUBLISHED.name,)):
        lake.commit(connection, work, message="publish alerts", commit_info={})
