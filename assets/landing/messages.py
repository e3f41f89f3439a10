"""The trade message that a producer sends to Kafka, in JSON or in Confluent's Avro format."""

from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

SUBJECT = "trades-value"
"""The subject of the message's schema in the schema registry."""

MAGIC = b"\x00"
"""The first byte of Confluent's wire format; the schema's id follows as four bytes, big-endian."""
HEADER_BYTES = 5

AVRO_SCHEMA = (Path(__file__).parent / "schemas" / "trade.v3.avsc").read_text()
"""The newest version; each field's `doc` describes it."""


Microseconds = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]


class TradeMessage(msgspec.Struct, frozen=True, gc=False):
    """One trade; times are microseconds since 1970, UTC, numbers as the venue wrote them."""

    venue: str
    symbol: str
    trade_id: str
    traded_at: Microseconds
    price: str
    quantity: str
    side: Literal["buyer", "seller"] | None = None
    order_id: str | None = None
    order_type: str | None = None
    account_id: str | None = None
    counterparty_account_id: str | None = None
    customer_id: str | None = None
    received_at: Microseconds | None = None
    condition: str | None = None
    wallet_address: str | None = None
    buyer_account_id: str | None = None
    seller_account_id: str | None = None


_json = msgspec.json.Encoder()


def encode_json(trade: TradeMessage) -> bytes:
    """The message as one JSON object."""
    return _json.encode(trade)


def encode_avro(trade: TradeMessage, schema_id: int) -> bytes:
    """The message in Avro, preceded by the registry's id of `AVRO_SCHEMA`."""
    return avro_message(msgspec.structs.asdict(trade), schema_id, _parsed_schema())


def avro_message(record: dict[str, Any], schema_id: int, schema: Any) -> bytes:
    """A record of a parsed schema in Confluent's wire format: the schema's id, then the record."""
    import fastavro

    body = BytesIO()
    fastavro.schemaless_writer(body, schema, record)
    return MAGIC + schema_id.to_bytes(4, "big") + body.getvalue()


@cache
def _parsed_schema() -> Any:
    import fastavro

    return fastavro.parse_schema(msgspec.json.decode(AVRO_SCHEMA))
