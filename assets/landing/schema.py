"""Every column that landed trades can have, and the keys of their objects."""

import hashlib

import pyarrow as pa

TRADES = "trades"

EVERY_ROW = (
    *("format", "venue", "source_file", "source_digest", "source_line", "error", "raw"),
    "time_us",
)
"""The columns that landing adds to each row, whatever its format. `time_us` is its reading of the
row's time, by which the row's day was chosen: microseconds since 1970, UTC."""

FIELDS: dict[str, tuple[str, ...]] = {
    "binance_trades": (
        "id",
        "price",
        "qty",
        "quote_qty",
        "base_qty",
        "time",
        "is_buyer_maker",
        "is_best_match",
        "venue_symbol",
    ),
    "binance_agg_trades": (
        "agg_trade_id",
        "price",
        "quantity",
        "first_trade_id",
        "last_trade_id",
        "transact_time",
        "is_buyer_maker",
        "is_best_match",
        "venue_symbol",
    ),
    "ccxt": (
        "id",
        "timestamp",
        "datetime",
        "symbol",
        "order",
        "type",
        "side",
        "taker_or_maker",
        "price",
        "amount",
        "cost",
        "venue_symbol",
        "local_timestamp",
        # what made the trade, in the words of venues whose tables say it
        "condition",
        "is_block_trade",
        "block_trade_id",
        "liquidation",
        "trd_type",
        # of venues whose tables name who traded
        "account_id",
        "counterparty_account_id",
        "buyer_account_id",
        "seller_account_id",
    ),
    "trade_log": (
        "trade_id",
        "timestamp",
        "symbol",
        "price",
        "quantity",
        "side",
        "trader_id",
        "order_id",
        "event_type",
        "order_type",
        "customer_id",
        "wallet_address",
    ),
    "binance_websocket": (
        "received_ns",
        "stream",
        "event",
        "event_time",
        "trade_time",
        "symbol",
        "trade_id",
        "agg_trade_id",
        "first_trade_id",
        "last_trade_id",
        "price",
        "quantity",
        "is_buyer_maker",
        "is_best_match",
        "order_type",
        "buyer_order_id",
        "seller_order_id",
    ),
    "hyperliquid": (
        "coin",
        "side",
        "px",
        "sz",
        "time",
        "tid",
        "hash",
        "users",
        "received_ns",
    ),
    # our own message (messages.py) and its place in Kafka; broker_at is in milliseconds
    "tapewatch": (
        "topic",
        "partition",
        "offset",
        "broker_at",
        "symbol",
        "trade_id",
        "traded_at",
        "price",
        "quantity",
        "side",
        "order_id",
        "order_type",
        "account_id",
        "counterparty_account_id",
        "customer_id",
        "received_at",
        "condition",
        "wallet_address",
        "buyer_account_id",
        "seller_account_id",
    ),
}
"""The venue's own fields by format, as text; base_qty is the field of inverse contracts in place of
quote_qty. A file may have further columns: they land under their own names."""


INTEGERS = {
    "source_line",
    "time_us",
    "partition",
    "offset",
    "broker_at",
    "traded_at",
    "received_at",
}
"""A row's place, and fields that are numbers in a message already; another format's column of the
same name is text, so readers cast it."""

COLUMNS_PREFIX = f"landing/{TRADES}/columns-"
COLUMNS_KEY = (
    COLUMNS_PREFIX
    + hashlib.sha256(repr((EVERY_ROW, FIELDS, sorted(INTEGERS))).encode()).hexdigest()[:12]
    + ".parquet"
)
"""An object without rows but with all columns: a reader's list of paths is never empty, and no
column is ever missing from the union. Objects never change, so other columns get another key."""


def column_type(name: str) -> pa.DataType:
    """Text, except for the few integers."""
    return pa.int64() if name in INTEGERS else pa.string()


def landed_schema() -> pa.Schema:
    """The union of the columns of all formats, in the order of their first mention."""
    names = dict.fromkeys([*EVERY_ROW, *(name for fields in FIELDS.values() for name in fields)])
    return pa.schema([(name, column_type(name)) for name in names])
