"""Our own trades as a table with the columns of the trade message.

`side` is the aggressor's, buyer or seller; `traded_at` counts microseconds since 1970, UTC.
"""

from collections.abc import Iterator

from assets.landing.files.batch import Batch, without_rows
from assets.landing.formats.table import VENUE_COLUMN, TableFormat

RECEIVED_END = 253_402_300_800_000_000
"""The end of the year 9999 in microseconds since 1970: later times cannot be shown."""

TAPEWATCH = TableFormat(
    name="tapewatch",
    title="trades in the columns of the trade message",
    required=(VENUE_COLUMN, "symbol", "trade_id", "traded_at", "price", "quantity"),
    time_columns=("traded_at",),
    venue_column=VENUE_COLUMN,
)


def rows_with_receipt(batches: Iterator[Batch]) -> Iterator[Batch]:
    """The batches without rows whose time of receipt is no count of microseconds."""
    for batch in batches:
        if "received_at" not in batch.fields.column_names:
            yield batch
            continue
        bad = "received_at {!r} is no count of microseconds since 1970"
        texts = batch.fields["received_at"].to_pylist()
        yield without_rows(
            batch,
            {
                place: bad.format(text)
                for place, text in enumerate(texts)
                if text is not None and not _is_microseconds(text)
            },
        )


def _is_microseconds(text: str) -> bool:
    try:
        # a column with empty fields may come as a float: 1.723161600123e+15
        count = int(text) if text.isdecimal() else float(text)
    except ValueError:
        return False
    return 0 <= count < RECEIVED_END
