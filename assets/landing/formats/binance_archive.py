"""Binance's public archives of trades and aggregate trades (data.binance.vision).

Spot files have no header and a last column `is_best_match`; futures files have a header in newer
months and no such column. `is_buyer_maker` true means that the seller took.
"""

import re
from collections.abc import Sequence

from assets.landing.formats.table import TableFormat

INVERSE_SYMBOL = re.compile(r"[^\W_]+USD_(PERP|\d{6})")


def _venue(names: Sequence[str], venue_symbol: str | None) -> str:
    """Spot, USD-M and COIN-M are separate markets, with separate trade ids."""
    if "is_best_match" in names:
        return "binance"
    if "base_qty" in names or INVERSE_SYMBOL.fullmatch(venue_symbol or ""):
        return "binance_coinm"
    return "binance_usdm"


def _file_name(kind: str) -> re.Pattern[str]:
    """Letters of any script make a symbol; mirrors write names in lower case."""
    symbol = r"(?P<symbol>[^\W_]+(?:_(?:PERP|\d{6}))?)"
    return re.compile(rf"(?:^|[_./ -]){symbol}-{kind}\b", re.IGNORECASE)


TRADES = TableFormat(
    name="binance_trades",
    title="Binance's trades archive",
    required=("id", "price", "qty", "time", "is_buyer_maker"),
    time_columns=("time",),
    aliases={"trade_id": "id"},
    file_name=_file_name("trades"),
    file_name_example="BTCUSDT-trades-2024-08-09.zip",
    venue=_venue,
)

AGG_TRADES = TableFormat(
    name="binance_agg_trades",
    title="Binance's aggTrades archive",
    required=(
        "agg_trade_id",
        "price",
        "quantity",
        "first_trade_id",
        "last_trade_id",
        "transact_time",
        "is_buyer_maker",
    ),
    time_columns=("transact_time",),
    aliases={"aggregate_trade_id": "agg_trade_id", "timestamp": "transact_time"},
    file_name=_file_name("aggTrades"),
    file_name_example="BTCUSDT-aggTrades-2024-08-09.zip",
    venue=_venue,
)

TRADES_WITHOUT_HEADER = (
    *("id", "price", "qty", "quote_qty", "time", "is_buyer_maker", "is_best_match"),
)
AGG_TRADES_WITHOUT_HEADER = (
    *("agg_trade_id", "price", "quantity", "first_trade_id", "last_trade_id"),
    *("transact_time", "is_buyer_maker", "is_best_match"),
)

_NUMBER = r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?"
_SHAPES = (
    (
        re.compile(rf"\d+,{_NUMBER},{_NUMBER},{_NUMBER},\d{{10,19}},(true|false)(,(true|false))?"),
        TRADES,
        TRADES_WITHOUT_HEADER,
    ),
    (
        re.compile(
            rf"\d+,{_NUMBER},{_NUMBER},-?\d+,-?\d+,\d{{10,19}},(true|false)(,(true|false))?"
        ),
        AGG_TRADES,
        AGG_TRADES_WITHOUT_HEADER,
    ),
)


def recognise_row(line: str) -> tuple[TableFormat, tuple[str, ...]] | None:
    """The format and columns of a line of a file without header, by the shape of its fields."""
    text = line.strip().lower()
    for shape, table_format, names in _SHAPES:
        if shape.fullmatch(text):
            return table_format, names[: text.count(",") + 1]
    return None
