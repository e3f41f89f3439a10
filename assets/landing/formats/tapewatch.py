"""Our own trades as a table with the columns of the trade message.

`side` is the aggressor's, buyer or seller; `traded_at` counts microseconds since 1970, UTC.
"""

from assets.landing.formats.table import VENUE_COLUMN, TableFormat

TAPEWATCH = TableFormat(
    name="tapewatch",
    title="trades in the columns of the trade message",
    required=(VENUE_COLUMN, "symbol", "trade_id", "traded_at", "price", "quantity"),
    time_columns=("traded_at",),
    venue_column=VENUE_COLUMN,
)
