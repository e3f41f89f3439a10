"""Rows of the lake out to topics, at least once.

The lake records what was sent, after the broker confirmed it: a publisher that dies in between
sends again, under the same key.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

import msgspec
from duckdb import DuckDBPyConnection, HTTPException, IOException

from assets.lake.lake import Lake
from assets.lake.sessions import connections
from assets.lake.settings import Settings
from assets.lake.tables import Table
from assets.landing.messages import avro_message

PARTITIONS = 3
AT_ONCE = 5_000
TIMEOUT_SECONDS = 30

Row = dict[str, Any]


class Record(Protocol):
    """How a topic's rows are found and remembered; `table` says what was sent."""

    @property
    def table(self) -> Table: ...

    def unsent(self, connection: DuckDBPyConnection, topic: str, limit: int) -> list[Row]:
        """The next rows to send, in order; NoLakeError where the lake has no such rows yet."""
        ...

    def remember(self, connection: DuckDBPyConnection, topic: str, rows: Sequence[Row]) -> None:
        """Record, in a transaction, that rows which `unsent` gave were sent."""
        ...


def unchanged(connection: DuckDBPyConnection, rows: list[Row]) -> list[Row]:
    """A row is its message."""
    return rows


@dataclass(frozen=True)
class Topic:
    """What a topic's messages are, and where they come from."""

    name: str
    schema: str
    """Avro, as text; registered under `<name>-value`."""
    record: Record
    key: Callable[[Row], str]
    version: Callable[[Row], tuple[str, str]]
    """Name and value of the header that tells two messages of one key apart."""
    as_json: Callable[[Row], Row]
    as_avro: Callable[[Row], Row]
    completed: Callable[[DuckDBPyConnection, list[Row]], list[Row]] = unchanged
    """The rows with what is looked up when they are sent."""


def publish(
    topic: Topic,
    lake: Lake,
    *,
    format: str | None = None,
    name: str | None = None,
    most: int | None = None,
) -> int:
    """Send the rows that were not sent yet; how many.

    Parameters
    ----------
    format
        `avro` or `json`; by default Avro where the settings name a schema registry.
    name
        Of the topic; by default its own.
    most
        Stop when so many were sent; a later call goes on.

    Raises
    ------
    BrokerError
        The broker did not confirm them in time: they stay unsent, the next call sends them.
    NoLakeError
        There are no such rows yet, nor a table of them.
    SettingsError
        No broker is set, or no registry for Avro.
    """
    try:
        return _publish(topic, lake, format, name or topic.name, most)
    except (IOException, HTTPException):
        # the connection outlived its server or its credentials
        return _publish(topic, lake, format, name or topic.name, most)


def _publish(topic: Topic, lake: Lake, format: str | None, name: str, most: int | None) -> int:
    from assets.landing.kafka.broker import bootstrap_of, ensure_topics, producer, send_all

    bootstrap = bootstrap_of(lake.settings)
    with connections.of(lake) as connection:
        rows = topic.record.unsent(connection, name, AT_ONCE)
        # without a row to send no server is needed
        if not rows:
            return 0
        encode = _encoder(topic, lake.settings, format)
        ensure_topics(bootstrap, {name: PARTITIONS})
        sender = producer(bootstrap)
        count = 0
        while rows:
            messages = (_message(topic, row, encode) for row in topic.completed(connection, rows))
            send_all(sender, name, messages, TIMEOUT_SECONDS)
            remember(topic.record, lake, connection, name, rows)
            count += len(rows)
            is_last = len(rows) < AT_ONCE or (most is not None and count >= most)
            rows = [] if is_last else topic.record.unsent(connection, name, AT_ONCE)
    return count


def remember(
    record: Record, lake: Lake, connection: DuckDBPyConnection, name: str, rows: Sequence[Row]
) -> None:
    """Record in the lake that the broker has confirmed rows."""
    with lake.lock((record.table.name,)):
        lake.commit(
            connection,
            lambda connection: record.remember(connection, name, rows),
            message=f"publish {name}",
            commit_info={},
        )


def aware(row: Mapping[str, Any]) -> Row:
    """The row with its times in UTC, as messages state them."""
    return {
        name: value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
        for name, value in row.items()
    }


def _message(topic: Topic, row: Row, encode: Callable[[Row], bytes]) -> Row:
    name, version = topic.version(row)
    return {"value": encode(row), "key": topic.key(row), "headers": [(name, version.encode())]}


def _encoder(topic: Topic, settings: Settings, format: str | None) -> Callable[[Row], bytes]:
    if format == "json" or (format is None and settings.schema_registry is None):
        return lambda row: msgspec.json.encode(topic.as_json(row))
    import fastavro

    from assets.landing.kafka.registry import registry_of

    schema_id = registry_of(settings).register(f"{topic.name}-value", topic.schema)
    schema = fastavro.parse_schema(msgspec.json.decode(topic.schema))
    return lambda row: avro_message(topic.as_avro(row), schema_id, schema)
