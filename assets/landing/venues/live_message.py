"""Convert a live trade to the message for Kafka."""

import json
from typing import Literal

from assets.landing.messages import TradeMessage
from assets.landing.venues.venue import Trade, Venue

LAST_MS = 253_402_300_800_000
"""The end of the year 9999, in milliseconds since 1970."""
SIDES: dict[str, Literal["buyer", "seller"]] = {"buy": "buyer", "sell": "seller"}


def message_of(venue: Venue, trade: Trade, received_at: int | None) -> TradeMessage | None:
    """The message of a trade with our symbol and id.

    None if a required field is missing or cannot be sent.

    `received_at` is in microseconds by our clock, which may be ahead of the venue's or behind it.
    """
    texts = (trade["id"], trade["price"], trade["amount"])
    if not all((*texts, trade["timestamp"])) or not all(map(_can_be_sent, texts)):
        return None
    if not 0 <= trade["timestamp"] < LAST_MS:
        return None
    return TradeMessage(
        venue=venue.name,
        symbol=trade["symbol"],
        trade_id=venue.id_prefix + trade["id"],
        traded_at=trade["timestamp"] * 1000,
        price=str(trade["price"]),
        quantity=str(trade["amount"]),
        side=SIDES.get(trade["side"]),
        received_at=received_at,
    )


def _can_be_sent(value: object) -> bool:
    """Whether a text has no half of a letter (a lone surrogate), which has no UTF-8."""
    return not any("\ud800" <= letter <= "\udfff" for letter in str(value))


def unreadable_message(venue: Venue, trade: Trade) -> bytes:
    """The known fields of an invalid trade: it lands as a bad message, with its fault."""
    known = {"venue": venue.name, "symbol": trade["symbol"], "trade_id": trade["id"]}
    known |= {"price": trade["price"], "quantity": trade["amount"], "info": trade["info"]}
    return json.dumps(known, default=str).encode()
