"""Trades as messages, and a registry that needs no server."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from assets.landing.kafka.registry import SchemaRegistry
from assets.landing.messages import AVRO_SCHEMA, TradeMessage

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
NOON = 1_748_779_200_000_000
SCHEMA_ID = 7


@pytest.fixture
def registry() -> SchemaRegistry:
    """A registry that was asked for our schema before."""
    return SchemaRegistry(None, {SCHEMA_ID: AVRO_SCHEMA})


@pytest.fixture
def trade() -> Callable[..., TradeMessage]:
    """A trade of the first of June 2025, with what a test wants to be different."""

    def made(**fields: object) -> TradeMessage:
        usual = {
            "venue": "binance",
            "symbol": "BTC-USDT",
            "trade_id": "1",
            "traded_at": NOON,
            "price": "67000.10",
            "quantity": "0.00000001",
            "side": "buyer",
        }
        return TradeMessage(**(usual | fields))  # pyright: ignore[reportArgumentType]

    return made
