"""Prices out: each minute once, again where it is written again, from where the last call ended."""

import io
import json
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import fastavro
import msgspec
import pytest

from assets.lake import NoLakeError
from assets.lake.insert import insert_rows
from assets.lake.lake import Lake
from assets.lake.settings import load_settings
from assets.lake.tables import Table
from assets.landing.kafka import broker
from assets.publishing import topic_outbox
from assets.publishing.price_topic import MARKET_PRICES, SCHEMA_FILE
from assets.publishing.tables import PUBLISHED_ROWS
from assets.publishing.topic_outbox import publish
from tests.publishing.consumer import messages_of

BARS = Table.described(
    "features.bars_1m",
    "A part of the columns of the real one.",
    {
        "venue varchar": "",
        "symbol varchar": "",
        "close double": "",
        "quantity decimal(38,18)": "",
        "notional decimal(38,12)": "",
        "trade_count bigint": "",
        "cell_start_at timestamp": "",
        "cell_end_at timestamp": "",
    },
)
NOON = datetime(2024, 8, 9, 12)
Sent = list[dict[str, Any]]


def bar(minute: int, close: float = 100.0) -> dict[str, Any]:
    start_at = NOON + timedelta(minutes=minute)
    return {
        "venue": "kraken",
        "symbol": "BTC-USD",
        "close": close,
        "quantity": 1.5,
        "notional": 150.0,
        "trade_count": 3,
        "cell_start_at": start_at,
        "cell_end_at": start_at + timedelta(minutes=1),
    }


def write(lake: Lake, *bars: dict[str, Any]) -> None:
    """Write minutes as a run does: in place of those that are there."""

    def work(connection) -> None:
        connection.execute(
            f"delete from lake.{BARS.name} where list_contains(?, cell_start_at)",
            [[one["cell_start_at"] for one in bars]],
        )
        insert_rows(connection, BARS.name, bars)

    lake.write(work, tables=(BARS,), message="test", commit_info={})


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """What a broker would have, in place of one."""
    messages: Sent = []

    def send_all(_: object, topic: str, new: Any, timeout_seconds: float) -> None:
        messages.extend(new)

    monkeypatch.setenv("TAPEWATCH_KAFKA_BOOTSTRAP", "127.0.0.1:1")
    monkeypatch.setattr(broker, "ensure_topics", lambda *_: None)
    monkeypatch.setattr(broker, "send_all", send_all)
    return messages


@pytest.fixture
def priced(sent: Sent, lake: Lake) -> Lake:
    made = Lake(lake.settings.model_copy(update={"kafka_bootstrap": "127.0.0.1:1"}))
    made.create([BARS, PUBLISHED_ROWS])
    return made


def minutes(sent: Sent) -> list[tuple[str, float]]:
    """Header and price of each message."""
    return [
        (message["headers"][0][1].decode()[11:16], json.loads(message["value"])["price"])
        for message in sent
    ]


def test_the_committed_schema_is_made_from_the_message() -> None:
    assert SCHEMA_FILE.read_text() == MARKET_PRICES.schema


@pytest.mark.slow
def test_each_minute_goes_out_once_and_again_where_it_is_written_again(
    priced: Lake, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topic_outbox, "AT_ONCE", 2)
    write(priced, bar(0), bar(1), bar(2))
    assert publish(MARKET_PRICES, priced) == 3
    assert publish(MARKET_PRICES, priced) == 0
    write(priced, bar(2, close=101.0), bar(3))
    assert publish(MARKET_PRICES, priced) == 2
    assert minutes(sent) == [
        ("12:00", 100.0), ("12:01", 100.0), ("12:02", 100.0), ("12:02", 101.0), ("12:03", 100.0),
    ]  # fmt: skip
    assert {message["key"] for message in sent} == {"kraken/BTC-USD"}
    first = json.loads(sent[0]["value"])
    assert (first["quantity"], first["notional"], first["trade_count"]) == (1.5, 150.0, 3)


@pytest.mark.slow
def test_a_call_ends_after_the_most_that_it_may_send(
    priced: Lake, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topic_outbox, "AT_ONCE", 2)
    write(priced, *(bar(minute) for minute in range(5)))
    assert publish(MARKET_PRICES, priced, most=2) == 2
    assert publish(MARKET_PRICES, priced) == 3
    assert [at for at, _ in minutes(sent)] == ["12:00", "12:01", "12:02", "12:03", "12:04"]


@pytest.mark.slow
def test_a_publisher_that_dies_before_it_remembers_sends_the_same_again(
    priced: Lake, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    def died(*_: object) -> None:
        raise KeyboardInterrupt

    write(priced, bar(0))
    with monkeypatch.context() as dying:
        dying.setattr(topic_outbox, "remember", died)
        with pytest.raises(KeyboardInterrupt):
            publish(MARKET_PRICES, priced)
    publish(MARKET_PRICES, priced)
    assert sent[0] == sent[1]


def test_avro_and_json_say_the_same() -> None:
    row = bar(0) | {"price": 100.0}
    schema = fastavro.parse_schema(json.loads(MARKET_PRICES.schema))
    buffer = io.BytesIO()
    fastavro.schemaless_writer(buffer, schema, MARKET_PRICES.as_avro(row))
    buffer.seek(0)
    avro = fastavro.schemaless_reader(buffer, schema)
    plain = json.loads(msgspec.json.encode(MARKET_PRICES.as_json(row)))
    assert avro["cell_start_at"] == datetime(2024, 8, 9, 12, tzinfo=UTC)
    assert plain["cell_start_at"] == "2024-08-09T12:00:00Z"
    assert {name: avro[name] for name in ("price", "quantity", "trade_count")} == {
        "price": 100.0, "quantity": 1.5, "trade_count": 3,
    }  # fmt: skip
    assert {*avro} == {*plain}


@pytest.mark.slow
def test_a_lake_without_prices_says_so(sent: Sent, lake: Lake) -> None:
    lake.create([PUBLISHED_ROWS])
    asked = Lake(lake.settings.model_copy(update={"kafka_bootstrap": "127.0.0.1:1"}))
    with pytest.raises(NoLakeError, match=r"no table features\.bars_1m yet"):
        publish(MARKET_PRICES, asked)
    assert sent == []


@pytest.mark.services
@pytest.mark.parametrize("format", ["avro", "json"])
def test_a_real_broker_has_each_minute_in_its_order(
    service_environment: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    format: str,
) -> None:
    for name in ("TAPEWATCH_S3_BUCKET", "TAPEWATCH_S3_ENDPOINT", "TAPEWATCH_CATALOG"):
        monkeypatch.delenv(name)
    lake = Lake(load_settings(home=tmp_path / "home"))
    lake.create([BARS, PUBLISHED_ROWS])
    topic = f"market_prices_{uuid.uuid4().hex[:8]}"
    for minute in range(2):
        write(lake, bar(minute))
        assert publish(MARKET_PRICES, lake, format=format, name=topic) == 1
        assert publish(MARKET_PRICES, lake, format=format, name=topic) == 0
    messages = messages_of(lake, topic)
    assert [message[:2] for message in messages] == [
        ("kraken/BTC-USD", "2024-08-09T12:00:00Z"),
        ("kraken/BTC-USD", "2024-08-09T12:01:00Z"),
    ]
    assert {message[2][:1] for message in messages} == {b"\x00" if format == "avro" else b"{"}
