"""CryptoTrade, the message of risk engines on Flink, as our trade message: JSON and Avro.

Its side is the user's, its timestamp counts milliseconds, its numbers are numbers.
"""

# pyarrow makes its compute functions when it is imported, so type checkers do not see them
# pyright: reportAttributeAccessIssue=false
from collections.abc import Callable
from typing import Annotated, Literal

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from assets.landing.formats.venue_names import venue_of
from assets.landing.kafka.registry import UnknownSchemaError
from assets.landing.messages import TradeMessage

MARK = "tradeId"
"""The field that distinguishes it from our message."""
RENAMED = {
    "exchange": "venue",
    "symbol": "symbol",
    "tradeId": "trade_id",
    "timestamp": "traded_at",
    "price": "price",
    "quantity": "quantity",
    "side": "side",
    "orderType": "order_type",
    "userId": "account_id",
    "customerId": "customer_id",
    "walletAddress": "wallet_address",
}
NEEDED = ("tradeId", "exchange", "symbol", "side", "price", "quantity", "timestamp")
SIDES = {"BUY": "buyer", "SELL": "seller"}
Milliseconds = Annotated[int, msgspec.Meta(ge=0, le=2**63 // 1_000 - 1)]


class CryptoTrade(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """The fields of the message that a trade has here; the others are passed over."""

    trade_id: str
    symbol: str
    side: Literal["BUY", "SELL"]
    quantity: msgspec.Raw
    price: msgspec.Raw
    timestamp: Milliseconds
    exchange: str
    order_type: str | None = None
    user_id: str | None = None
    customer_id: str | None = None
    wallet_address: str | None = None


_decoder = msgspec.json.Decoder(CryptoTrade)


def decode_json(body: bytes) -> TradeMessage:
    """The message's trade, numbers digit by digit; msgspec.DecodeError if it is none."""
    trade = _decoder.decode(body)
    return TradeMessage(
        venue=_venue(trade.exchange),
        symbol=trade.symbol,
        trade_id=trade.trade_id,
        traded_at=trade.timestamp * 1_000,
        price=_number(trade.price),
        quantity=_number(trade.quantity),
        side="buyer" if trade.side == "BUY" else "seller",
        order_type=trade.order_type,
        account_id=trade.user_id,
        customer_id=trade.customer_id,
        wallet_address=trade.wallet_address,
    )


def renamed(read: pa.RecordBatch) -> pa.RecordBatch:
    """Columns of decoded Avro under the names of our message, with its times, sides and texts.

    UnknownSchemaError names a field that the schema lacks.
    """
    for name in NEEDED:
        if name not in read.schema.names:
            raise UnknownSchemaError(f"the message's schema has no field {name}")
    columns = {name: read[their] for their, name in RENAMED.items() if their in read.schema.names}
    for name in ("price", "quantity", "side"):
        columns[name] = pc.cast(columns[name], pa.string())
    columns["side"] = _replaced(columns["side"], lambda side: SIDES.get(side, side))
    columns["venue"] = _replaced(columns["venue"], _venue)
    if pa.types.is_integer(columns["traded_at"].type):
        columns["traded_at"] = pc.multiply(columns["traded_at"], 1_000)
    elif pa.types.is_timestamp(columns["traded_at"].type):
        columns["traded_at"] = columns["traded_at"].cast(pa.timestamp("us"))
    return pa.record_batch(columns)


def _replaced(texts: pa.Array, new: Callable[[str], str]) -> pa.Array:
    coded = texts.dictionary_encode()
    values = [new(text) for text in coded.dictionary.to_pylist()]
    return pa.DictionaryArray.from_arrays(coded.indices, pa.array(values, pa.string())).cast(
        pa.string()
    )


def _venue(exchange: str) -> str:
    """Our name of an exchange; a word that is none stays, and is refused with the trade."""
    return venue_of(exchange) or exchange


def _number(raw: msgspec.Raw) -> str:
    """A number as it was written, or the text that was written instead."""
    return bytes(raw).decode().strip('"')
