"""Messages that nobody should send: none crashes, each is accounted for."""

import io
import json
import random
from datetime import UTC, datetime

import fastavro
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assets.landing.kafka.decoding import TRADES, Decoded, decode
from assets.landing.kafka.registry import SchemaRegistry
from assets.landing.messages import AVRO_SCHEMA, TradeMessage, encode_avro, encode_json
from assets.landing.texts import LONGEST

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
NOON = 1_748_779_200_000_000
SCHEMA_ID = 7
SCHEMA = fastavro.parse_schema(json.loads(AVRO_SCHEMA))
MESSAGES_AN_EXAMPLE = 1_000

TEXTS = (
    "",
    "x",
    "inf",
    "-inf",
    "nan",
    "1e5",
    "1e400",
    "-0",
    "0x1F",
    "1,5",
    "٣",
    "\x00",
    "a\x00b",
    "unknown",
    "\u202e",
    "x" * 257,
    "x" * 100_000,
    "\ud7ff",
    "🜚",
)
INTEGERS = (0, -1, 2**31, 2**62, -(2**63), 2**63 - 1, NOON, NOON // 1000)
BYTES = (
    b"\x00",
    b"\xff",
    b"{",
    b"}",
    b'"',
    b",",
    b"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01",
    b"\\u",
)


def any_trade(draw: random.Random) -> TradeMessage:
    text = [f"{draw.random() * 1e5:.8f}", *TEXTS]
    return TradeMessage(
        venue=draw.choice(["binance", "kraken", *TEXTS]),
        symbol=draw.choice(["BTC-USDT", *TEXTS]),
        trade_id=draw.choice(["17", *TEXTS]),
        traded_at=draw.choice([NOON, NOON, *INTEGERS]),
        price=draw.choice(text),
        quantity=draw.choice(text),
        side=draw.choice(["buyer", "seller", None]),
        account_id=draw.choice([None, *TEXTS]),
        received_at=draw.choice([None, *INTEGERS]),
    )


def good_trade(draw: random.Random) -> TradeMessage:
    price = f"{draw.random() + 0.1:.8f}"
    return TradeMessage("binance", "BTC-USDT", str(draw.random()), NOON, price, "1", "seller")


def any_message(draw: random.Random) -> bytes | None:
    """A message that is good, good but for its values, cut, grown, mixed with another, or noise."""
    trade = draw.choice([good_trade, any_trade])(draw)
    value = encode_json(trade) if draw.random() < 0.5 else encode_avro(trade, SCHEMA_ID)
    place = draw.randrange(len(value))
    kind = draw.randrange(8)
    if kind == 0:
        return value[:place]
    if kind == 1:
        return value + draw.choice(BYTES)
    if kind == 2:
        return value[:place] + draw.choice(BYTES) + value[place:]
    if kind == 3:
        return value[:place] + bytes([draw.randrange(256)]) + value[place + 1 :]
    if kind == 4:
        return draw.choice([None, b"", draw.randbytes(draw.randrange(60)), b"\x00" + value])
    return value


def read_by_others(value: bytes) -> dict[str, object]:
    """What the standard library or fastavro reads."""
    if value[:1] != b"\x00":
        row = json.loads(value)
    else:
        body = io.BytesIO(value[5:])
        row = fastavro.schemaless_reader(body, SCHEMA)
        assert not body.read()
        for name in ("traded_at", "received_at"):
            if row[name] is not None:
                row[name] = (row[name] - datetime(1970, 1, 1, tzinfo=UTC)) // MICROSECOND
    return {name: row.get(name) for name in TRADES.names}


MICROSECOND = datetime(1970, 1, 1, 0, 0, 0, 1) - datetime(1970, 1, 1)


def assert_accounted_for(decoded: Decoded, values: list[bytes | None]) -> None:
    places = decoded.places.tolist()
    assert sorted([*places, *decoded.bad]) == list(range(len(values)))
    assert all(decoded.bad.values())
    for place, row in zip(places, decoded.trades.to_pylist(), strict=True):
        value = values[place]
        assert value is not None
        assert row == read_by_others(value)
        # what no later stage can read
        assert not any("\0" in text for text in row.values() if isinstance(text, str))
        assert all(len(text) <= LONGEST for text in row.values() if isinstance(text, str))
        assert row["venue"] != "unknown"


@pytest.mark.slow
@pytest.mark.parametrize(
    "examples",
    [
        pytest.param(5, id="five thousand"),
        pytest.param(100, id="a hundred thousand", marks=pytest.mark.proof),
    ],
)
def test_spoilt_messages_are_each_accounted_for(examples):
    start = random.randrange(2**64)
    for seed in range(start, start + examples):
        print(f"seed {seed}")  # noqa: T201 (shown where the test fails)
        draw = random.Random(seed)
        values = [any_message(draw) for _ in range(MESSAGES_AN_EXAMPLE)]
        decoded = decode(values, SchemaRegistry(None, {SCHEMA_ID: AVRO_SCHEMA}), NOW)
        assert_accounted_for(decoded, values)
        assert decoded.trades.num_rows > MESSAGES_AN_EXAMPLE / 10


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=5,
)
trade_like = st.fixed_dictionaries(
    dict.fromkeys(("venue", "symbol", "trade_id", "price", "quantity"), json_values)
    | {"traded_at": json_values | st.just(NOON)},
    optional=dict.fromkeys(("side", "account_id", "received_at"), json_values),
)
messages = (
    st.none()
    | st.binary(max_size=80)
    | st.binary(max_size=80).map(lambda body: b"\x00\x00\x00\x00\x07" + body)
    | (json_values | trade_like).map(lambda value: json.dumps(value).encode())
)


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(values=st.lists(messages, max_size=30))
def test_any_bytes_are_accounted_for(values):
    decoded = decode(values, SchemaRegistry(None, {SCHEMA_ID: AVRO_SCHEMA}), NOW)
    assert_accounted_for(decoded, values)
