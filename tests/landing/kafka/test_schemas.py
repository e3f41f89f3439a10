"""The trade's schema may grow: what was written once can be read for ever."""

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import fastavro
import msgspec
import pytest

import assets.landing
from assets.landing.kafka.decoding import TRADES, decode
from assets.landing.kafka.registry import SchemaRegistry
from assets.landing.messages import AVRO_SCHEMA, TradeMessage, encode_avro

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
VERSIONS = sorted((Path(assets.landing.__file__).parent / "schemas").glob("trade.v*.avsc"))
NEXT_FIELD = {"name": "fee", "type": ["null", "string"], "default": None}


def grown(schema: str) -> str:
    """The schema with one more optional field: what the next version may be."""
    record = json.loads(schema)
    return json.dumps(record | {"fields": [*record["fields"], NEXT_FIELD]})


def required(schema: str) -> str:
    """The schema with a field more that has no default: what was written before lacks it."""
    record = json.loads(schema)
    return json.dumps(record | {"fields": [*record["fields"], {"name": "fee", "type": "string"}]})


def shrunk(schema: str, name: str) -> str:
    """The schema without a field: what a version before may have been."""
    record = json.loads(schema)
    fields = [field for field in record["fields"] if field["name"] != name]
    return json.dumps(record | {"fields": fields})


def written(schema: str, trade: TradeMessage, **more: Any) -> bytes:
    body = io.BytesIO()
    row = msgspec.structs.asdict(trade) | more
    fastavro.schemaless_writer(body, fastavro.parse_schema(json.loads(schema)), row)
    return b"\x00\x00\x00\x00\x01" + body.getvalue()


def test_the_newest_version_is_the_one_that_is_written():
    assert VERSIONS[-1].read_text() == AVRO_SCHEMA


def test_the_schema_has_the_fields_of_the_message():
    names = [field["name"] for field in json.loads(AVRO_SCHEMA)["fields"]]
    assert names == list(TradeMessage.__struct_fields__) == TRADES.names


def test_every_version_and_the_next_can_be_read_by_each_later_one(
    trade: Callable[..., TradeMessage],
):
    versions = [*(path.read_text() for path in VERSIONS), grown(AVRO_SCHEMA)]
    for place, older in enumerate(versions):
        body = written(older, trade(account_id="a1"))[5:]
        for newer in versions[place:]:
            row = fastavro.schemaless_reader(
                io.BytesIO(body),
                fastavro.parse_schema(json.loads(older)),
                fastavro.parse_schema(json.loads(newer)),
            )
            assert (row["price"], row["account_id"]) == ("67000.10", "a1")


@pytest.mark.parametrize(
    "schema", [grown(AVRO_SCHEMA), shrunk(AVRO_SCHEMA, "received_at"), AVRO_SCHEMA]
)
def test_the_lander_reads_messages_of_other_versions(trade, schema):
    sent = trade(account_id="a1")
    decoded = decode([written(schema, sent, fee="0.1")], SchemaRegistry(None, {1: schema}), NOW)
    assert decoded.trades.to_pylist() == [msgspec.structs.asdict(sent)]


def test_a_bad_evolution_cannot_read_what_was_written(trade):
    record, bad = json.loads(AVRO_SCHEMA), json.loads(required(AVRO_SCHEMA))
    body = encode_avro(trade(), 1)[5:]
    with pytest.raises(fastavro.read.SchemaResolutionError):
        fastavro.schemaless_reader(
            io.BytesIO(body), fastavro.parse_schema(record), fastavro.parse_schema(bad)
        )
