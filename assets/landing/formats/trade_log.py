"""The log of an exchange's own trades, with the traders' ids and, where known, the true label.

`side` is the side of the row's own `trader_id`; `timestamp` is ISO 8601, UTC if it has no zone.
"""

from assets.landing.formats.table import VENUE_COLUMN, TableFormat

TRADE_LOG = TableFormat(
    name="trade_log",
    title="a trade log",
    required=("trade_id", "timestamp", "symbol", "price", "quantity", "side"),
    time_columns=("timestamp",),
    aliases={"exchange": VENUE_COLUMN},
    venue_column=VENUE_COLUMN,
)
