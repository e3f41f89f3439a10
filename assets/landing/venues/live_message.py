"""Convert a live trade to the message for Kafka."""

import json
from typing import Literal

from assets.landing.messages import TradeMessage
from assets.landing.venues.venue import Trade, Venue

SIDES: dict[str, Literal["buyer", "seller"]] = {"buy": "buyer", "sell": "seller"}


def message_of(venue: Venue, trade: Trade, received_at: int | None) -> TradeMessage | None:
    """The message of a trade with our symbol and id; None if a required field is missing.

    `received_at` is in microseconds by our clock, which may be ahead of the venue's or behind it.
    """
    if not all((trade["id"], trade["timestamp"], trade["price"], trade["amount"])):
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


def unreadable_message(venue: Venue, trade: Trade) -> bytes:
    """The known fields of an invalid trade: it lands as a bad message, with its fault."""
    known = {"venue": venue.name, "symbol": trade["symbol"], "trade_id": trade["id"]}
    known |= {"price": trade["price"], "quantity": trade["amount"], "info": trade["info"]}
    return json.dumps(known, default=str).encode()
