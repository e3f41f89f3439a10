"""Prices out: the last price and the volume of each symbol and minute to the topic market_prices.

The key is venue and symbol, the header `cell_start_at` the minute.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from assets.publishing.row_topic import row_topic
from assets.publishing.topic_outbox import Row

SCHEMA_FILE = Path(__file__).parent / "market_price.v1.avsc"


@dataclass(frozen=True, kw_only=True)
class MarketPrice:
    """A minute of a symbol in which there was a trade."""

    venue: str
    """Market with its own id space."""
    symbol: str
    """Base-quote, upper case."""
    cell_start_at: datetime
    """Start of the minute, UTC."""
    cell_end_at: datetime
    """End of the minute, UTC; not part of it."""
    price: float
    """Price of the last trade, in quote currency."""
    quantity: float
    """Traded quantity, in base currency."""
    notional: float
    """Traded value, in quote currency."""
    trade_count: int
    """Trades."""


def market(row: Row) -> str:
    """Venue and symbol."""
    return f"{row['venue']}/{row['symbol']}"


MARKET_PRICES = row_topic(
    "market_prices",
    MarketPrice,
    record="MarketPrice",
    doc="The last price and the volume of a symbol in a minute. Of several messages of one minute "
    "the last is valid. Version 1.",
    source="features.bars_1m",
    columns={
        "price": "close",
        "quantity": "quantity::double",
        "notional": "notional::double",
    },
    key=market,
    version=lambda row: ("cell_start_at", f"{row['cell_start_at'].isoformat()}Z"),
)

if __name__ == "__main__":
    SCHEMA_FILE.write_text(MARKET_PRICES.schema)
