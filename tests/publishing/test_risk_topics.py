"""Scored trades and events of risk go out as their rows are, in Avro and in JSON."""

import io
import json
from datetime import UTC, date, datetime
from typing import Any

import fastavro
import msgspec
import pytest

from assets.publishing.risk_topics import RISK_ANALYZED_TRADES, RISK_EVENTS, SCHEMA_FILES
from assets.publishing.topic_outbox import Topic

DAY, AT = date(2026, 11, 30), datetime(2026, 11, 30, 12)


def row_of(topic: Topic) -> dict[str, Any]:
    """A row with a value in each field."""
    values: dict[str, Any] = {
        "string": "x", "long": 3, "double": 0.5, "boolean": True, "date": DAY,
        "timestamp-micros": AT, "array": ["x", "y"],
    }  # fmt: skip
    fields = json.loads(topic.schema)["fields"]
    return {field["name"]: values[kind_of(field["type"])] for field in fields}


def kind_of(avro: Any) -> str:
    if isinstance(avro, list):
        return kind_of(avro[1])
    return avro if isinstance(avro, str) else avro.get("logicalType") or avro["type"]


@pytest.mark.parametrize("file", SCHEMA_FILES, ids=lambda file: file.name)
def test_the_committed_schema_is_made_from_the_row(file: Any) -> None:
    assert file.read_text() == SCHEMA_FILES[file].schema


@pytest.mark.parametrize("topic", [RISK_EVENTS, RISK_ANALYZED_TRADES], ids=lambda one: one.name)
def test_avro_and_json_say_the_same(topic: Topic) -> None:
    row = row_of(topic)
    schema = fastavro.parse_schema(json.loads(topic.schema))
    buffer = io.BytesIO()
    fastavro.schemaless_writer(buffer, schema, topic.as_avro(row))
    buffer.seek(0)
    avro = fastavro.schemaless_reader(buffer, schema)
    plain = json.loads(msgspec.json.encode(topic.as_json(row)))
    assert avro == {
        name: value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
        for name, value in row.items()
    }
    words = {AT: "2026-11-30T12:00:00Z", DAY: "2026-11-30"}
    dated = {name: words[value] for name, value in row.items() if isinstance(value, date)}
    assert plain == row | dated


def test_a_repeat_of_a_trade_or_an_event_has_its_key() -> None:
    trade = row_of(RISK_ANALYZED_TRADES)
    assert RISK_ANALYZED_TRADES.key(trade) == "x/x/x"
    assert RISK_ANALYZED_TRADES.version(trade) == ("trade_day", "2026-11-30")
    assert RISK_EVENTS.key(row_of(RISK_EVENTS)) == "x"
