"""Trades with the unified column names of ccxt, as many downloaders write them.

`side` is the taker's, `timestamp` is in milliseconds, `symbol` is `BASE/QUOTE`.
"""

from assets.landing.formats.table import VENUE_COLUMN, TableFormat

CCXT = TableFormat(
    name="ccxt",
    title="trades with ccxt's column names",
    required=("symbol", "timestamp|datetime", "price", "amount"),
    time_columns=("timestamp", "datetime"),
    aliases={"exchange": VENUE_COLUMN},
    venue_column=VENUE_COLUMN,
)
