"""Messages of the replaced systems: a CryptoTrade is read, what is no trade is named."""

import json
from datetime import UTC, datetime
from io import BytesIO

import fastavro
import pytest

from assets.landing.kafka.decoding import decode
from assets.landing.kafka.registry import SchemaRegistry
from tests.normalise.replaced_shapes import CRYPTO_TRADE, FETCHED_TRADE, MARKET_TRADE, REFUSED

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SCHEMA_ID = 9


def enum(name: str, *symbols: str) -> dict[str, object]:
    return {"type": "enum", "name": name, "symbols": symbols}


SCHEMA = {
    "type": "record",
    "name": "CryptoTrade",
    "namespace": "com.example",
    "fields": [
        *({"name": name, "type": "string"}
          for name in ("tradeId", "userId", "customerId", "symbol", "baseAsset", "quoteAsset")),
        {"name": "side", "type": enum("Side", "BUY", "SELL")},
        {"name": "orderType",
         "type": enum("OrderType", "MARKET", "LIMIT", "STOP_LOSS", "TAKE_PROFIT")},
        *({"name": name, "type": "double"} for name in ("quantity", "price", "notional")),
        {"name": "timestamp", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        {"name": "exchange", "type": "string"},
        {"name": "walletAddress", "type": ["null", "string"], "default": None},
        {"name": "riskLevel", "type": enum("RiskLevel", "LOW", "MEDIUM", "HIGH", "CRITICAL")},
        {"name": "sessionId", "type": ["null", "string"], "default": None},
        {"name": "ipAddress", "type": ["null", "string"], "default": None},
    ],
}  # fmt: skip
PLAIN = json.loads(json.dumps(SCHEMA).replace(', "logicalType": "timestamp-millis"', ""))
TRADE = {
    "venue": "kraken",
    "symbol": "BTC/USDT",
    "trade_id": "t1",
    "traded_at": 1_723_161_600_007_000,
    "price": "60000.5",
    "quantity": "0.25",
    "side": "seller",
    "order_id": None,
    "order_type": "LIMIT",
    "account_id": "u7",
    "counterparty_account_id": None,
    "customer_id": "c3",
    "received_at": None,
    "condition": None,
    "wallet_address": CRYPTO_TRADE["walletAddress"],
    "buyer_account_id": None,
    "seller_account_id": None,
}


def avro(schema: dict, trade: dict) -> bytes:
    body = BytesIO()
    fastavro.schemaless_writer(body, fastavro.parse_schema(schema), trade)
    return b"\x00" + SCHEMA_ID.to_bytes(4, "big") + body.getvalue()


def test_a_crypto_trade_in_json_is_read_with_its_digits(registry) -> None:
    text = json.dumps(CRYPTO_TRADE).replace("60000.5", "60000.50000000000000001")
    decoded = decode([json.dumps(CRYPTO_TRADE).encode(), text.encode()], registry, NOW)
    assert not decoded.bad
    first, second = decoded.trades.to_pylist()
    assert first == TRADE
    assert second["price"] == "60000.50000000000000001"


@pytest.mark.parametrize("schema", [SCHEMA, PLAIN], ids=["time", "long"])
def test_a_crypto_trade_in_avro_is_the_same_trade(schema: dict) -> None:
    registry = SchemaRegistry(None, {SCHEMA_ID: json.dumps(schema)})
    bare = CRYPTO_TRADE | {"walletAddress": None, "side": "BUY"}
    decoded = decode([avro(schema, CRYPTO_TRADE), avro(schema, bare)], registry, NOW)
    assert not decoded.bad
    first, second = decoded.trades.to_pylist()
    assert first == TRADE
    assert second == TRADE | {"wallet_address": None, "side": "buyer"}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"side": "HOLD"}, "$.side"),
        ({"exchange": None}, "$.exchange"),
        ({"exchange": "no venue!" * 20}, "the venue is not written"),
        ({"timestamp": 1_723_161_600}, "traded_at is not between"),
        ({"timestamp": "2024-08-09"}, "$.timestamp"),
        ({"price": -1}, "price is no positive number"),
        ({"price": True}, "price is no positive number"),
        ({"quantity": None}, "quantity is no positive number"),
        ({"tradeId": 5}, "$.tradeId"),
    ],
)
def test_a_bad_crypto_trade_is_refused_by_its_field(registry, change: dict, fault: str) -> None:
    decoded = decode([json.dumps(CRYPTO_TRADE | change).encode()], registry, NOW)
    assert fault in decoded.bad[0]


@pytest.mark.parametrize("name", ["price", "exchange", "symbol"])
def test_a_crypto_trade_without_a_field_is_refused_with_its_name(registry, name: str) -> None:
    less = {key: value for key, value in CRYPTO_TRADE.items() if key != name}
    decoded = decode([json.dumps(less).encode()], registry, NOW)
    assert f"`{name}`" in decoded.bad[0]
    fields = [field for field in SCHEMA["fields"] if field["name"] != name]
    schema = SCHEMA | {"fields": fields}
    decoded = decode(
        [avro(schema, less)], SchemaRegistry(None, {SCHEMA_ID: json.dumps(schema)}), NOW
    )
    assert f"no field {name}" in decoded.bad[0]


@pytest.mark.parametrize("shape", REFUSED)
def test_what_is_no_trade_is_refused_with_what_a_trade_has(registry, shape: str) -> None:
    decoded = decode([json.dumps(REFUSED[shape][0]).encode()], registry, NOW)
    said = [
        "a trade message has venue, symbol, trade_id, traded_at, price, quantity",
        "a price without a quantity is no trade",
        "transfers between wallets, which are not read yet",
        "alerts or judged trades",
        "bars of a period",
        "missing required field",
    ]
    assert any(words in decoded.bad[0] for words in said)


@pytest.mark.parametrize("trade", [MARKET_TRADE, FETCHED_TRADE])
def test_a_trade_without_a_venue_names_the_field_and_the_message_to_send(registry, trade) -> None:
    decoded = decode([json.dumps(trade).encode()], registry, NOW)
    assert "no trade in JSON" in decoded.bad[0]
    assert "a trade message has venue, symbol, trade_id, traded_at, price" in decoded.bad[0]


def test_an_array_of_trades_is_refused_with_the_cure(registry) -> None:
    decoded = decode([json.dumps([CRYPTO_TRADE, CRYPTO_TRADE]).encode()], registry, NOW)
    assert "send each trade as a message of its own" in decoded.bad[0]
