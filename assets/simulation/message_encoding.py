"""Trade messages as bytes for Kafka, in JSON or in Avro."""

from collections.abc import Callable

from assets.landing.messages import AVRO_SCHEMA, SUBJECT, TradeMessage, encode_avro, encode_json


def encoder(style: str, registry: str | None) -> Callable[[TradeMessage], bytes]:
    """What encodes a message; `avro` first registers the schema at the registry's URL."""
    if style == "json" or registry is None:
        return encode_json
    from assets.landing.kafka.registry import SchemaRegistry

    schema_id = SchemaRegistry(registry).register(SUBJECT, AVRO_SCHEMA)
    return lambda trade: encode_avro(trade, schema_id)
