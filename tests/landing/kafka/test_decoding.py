"""Messages to rows: JSON and Avro say the same, and nothing that is no trade passes as one."""

import json
from datetime import UTC, datetime

import msgspec
import pytest

from assets.landing.kafka.decoding import TRADES, decode
from assets.landing.kafka.registry import RegistryError, SchemaRegistry
from assets.landing.messages import encode_avro, encode_json

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
SCHEMA_ID = 7

FULL = {
    "side": "seller",
    "order_id": "o1",
    "order_type": "MARKET",
    "account_id": "a1",
    "counterparty_account_id": "a2",
    "customer_id": "c1",
    "buyer_account_id": "a2",
    "seller_account_id": "a1",
    "received_at": 1_748_779_200_000_123,
}


@pytest.mark.parametrize("fields", [{}, {"side": None}, FULL], ids=["plain", "no side", "full"])
def test_json_and_avro_give_the_row_that_was_sent(trade, registry, fields):
    sent = trade(**fields)
    values = [encode_json(sent), encode_avro(sent, SCHEMA_ID)]
    decoded = decode(values, registry, NOW)
    assert decoded.trades.to_pylist() == [msgspec.structs.asdict(sent)] * 2
    assert decoded.places.tolist() == [0, 1]
    assert not decoded.bad


def test_rows_keep_the_order_of_mixed_formats(trade, registry):
    trades = [trade(trade_id=str(n)) for n in range(9)]
    values = [
        encode_json(one) if n % 2 else encode_avro(one, SCHEMA_ID) for n, one in enumerate(trades)
    ]
    values[4:4] = [b"{", None]
    decoded = decode(values, registry, NOW)
    assert decoded.trades["trade_id"].to_pylist() == [str(n) for n in range(9)]
    assert decoded.places.tolist() == [0, 1, 2, 3, 6, 7, 8, 9, 10]
    assert sorted(decoded.bad) == [4, 5]


@pytest.mark.parametrize(
    ("field", "value", "fault"),
    [
        ("price", "inf", "price is no positive number"),
        ("price", "NaN", "price is no positive number"),
        ("price", "-1", "price is no positive number"),
        ("price", "0.000", "price is no positive number"),
        ("price", " 1", "price is no positive number"),
        ("price", "1e999", "price is no positive number"),
        ("price", "0x10", "price is no positive number"),
        ("price", "1\n", "price is no positive number"),
        ("quantity", "", "quantity is no positive number"),
        ("quantity", "1_000", "quantity is no positive number"),
        ("venue", "Binance US", "venue is not written"),
        ("symbol", "", "symbol is empty"),
        ("trade_id", "", "trade_id is empty"),
        ("traded_at", 0, "traded_at is not between"),
        ("traded_at", -(2**63), "traded_at is not between"),
        ("traded_at", 2**63 - 1, "traded_at is not between"),
        ("traded_at", 1_748_779_200, "traded_at is not between"),
        ("received_at", 2**63 - 1, "received_at is not between"),
    ],
)
@pytest.mark.parametrize("encode", [encode_json, lambda one: encode_avro(one, SCHEMA_ID)])
def test_a_value_that_no_trade_has_is_refused(trade, registry, encode, field, value, fault):
    values = [encode(trade()), encode(trade(**{field: value})), encode(trade())]
    decoded = decode(values, registry, NOW)
    assert decoded.places.tolist() == [0, 2]
    assert list(decoded.bad) == [1]
    assert fault in decoded.bad[1]


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text + b"{}",
        lambda text: text + b"," + text,
        lambda text: text[:-1],
        lambda text: b"[" + text + b"]",
        lambda text: b"null",
        lambda text: b'"trade"',
        lambda text: text.replace(b'"67000.10"', b"67000.10"),
        lambda text: text.replace(b'"67000.10"', b"NaN"),
        lambda text: text.replace(b'"67000.10"', b"null"),
        lambda text: text.replace(b'"price":"67000.10",', b""),
        lambda text: text.replace(b'"buyer"', b'"BUY"'),
        lambda text: text.replace(b"binance", b"binan\xffce"),
        lambda text: text.replace(b"binance", b"\\ud800"),
        lambda text: text.replace(b"1748779200000000", b"1748779200000000.5"),
        lambda text: text.replace(b"1748779200000000", b"9" * 400),
        lambda text: b"[" * 100_000,
    ],
)
def test_json_that_is_no_trade_is_refused(trade, registry, change):
    good = encode_json(trade())
    decoded = decode([good, change(good), good], registry, NOW)
    assert decoded.places.tolist() == [0, 2]
    assert list(decoded.bad) == [1]


@pytest.mark.parametrize(
    "change",
    [
        lambda value: value + b"\x00",
        lambda value: value + value[5:],
        lambda value: value[:-1],
        lambda value: value[:5],
        lambda value: value[:4],
        lambda value: value[:5] + b"\xff" * 30,
        lambda value: value.replace(b"binance", b"binan\xffe"),
        lambda value: b"\x00\x00\x00\x00\x09" + value[5:],
        lambda value: b"\x00\xff\xff\xff\xff" + value[5:],
    ],
)
def test_avro_that_is_no_trade_is_refused(trade, registry, change):
    good = encode_avro(trade(), SCHEMA_ID)
    decoded = decode([good, change(good), good], registry, NOW)
    assert decoded.places.tolist() == [0, 2]
    assert list(decoded.bad) == [1]


def test_unknown_fields_of_json_are_passed_over(trade, registry):
    value = encode_json(trade())[:-1] + b',"fee":"0.1"}'
    assert len(decode([value], registry, NOW).places) == 1


def test_without_a_registry_avro_is_set_aside_with_the_setting_to_mend(trade):
    decoded = decode([encode_avro(trade(), 1)], SchemaRegistry(None), NOW)
    assert "TAPEWATCH_SCHEMA_REGISTRY" in decoded.bad[0]


def test_a_registry_that_is_down_decides_nothing(trade):
    registry = SchemaRegistry("http://127.0.0.1:9")
    with pytest.raises(RegistryError, match="TAPEWATCH_SCHEMA_REGISTRY"):
        decode([encode_avro(trade(), 1)], registry, NOW)


def test_one_format_alone_can_be_asked_for(trade, registry):
    values = [encode_json(trade()), encode_avro(trade(), SCHEMA_ID)]
    assert decode(values, registry, NOW, "json").places.tolist() == [0]
    assert decode(values, registry, NOW, "avro").places.tolist() == [1]


def test_an_empty_batch_has_the_columns_of_any(registry):
    decoded = decode([], registry, NOW)
    assert decoded.trades.schema == TRADES
    assert decoded.trades.num_rows == 0


@pytest.mark.parametrize(
    ("schema", "fault"),
    [
        ({"type": "string"}, "no record"),
        ({"type": "record", "name": "A", "fields": [{"name": "x", "type": "long"}]}, "no field"),
    ],
)
def test_a_schema_of_something_else_is_named(schema, fault):
    registry = SchemaRegistry(None, {1: json.dumps(schema)})
    decoded = decode([b"\x00\x00\x00\x00\x01\x02"], registry, NOW)
    assert fault in decoded.bad[0]
