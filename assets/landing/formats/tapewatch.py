"""Our own trades as a table with the columns of the trade message; one venue per file.

`side` is the aggressor's, buyer or seller; `traded_at` counts microseconds since 1970, UTC.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.landing.files.batch import BadLine, Batch
from assets.landing.formats.table import TableFormat

VENUE = re.compile(r"[a-z0-9_]+")
# the name `venue` belongs to the column that landing adds
VENUE_COLUMN = "file_venue"

TAPEWATCH = TableFormat(
    name="tapewatch",
    title="trades in the columns of the trade message",
    required=(VENUE_COLUMN, "symbol", "trade_id", "traded_at", "price", "quantity"),
    time_columns=("traded_at",),
    venue_column=VENUE_COLUMN,
)


def rows_of_venue(batches: Iterator[Batch], venue: str) -> Iterator[Batch]:
    """The rows of this venue without the venue column; rows of other venues are bad lines."""
    for batch in batches:
        named = pc.fill_null(batch.fields[VENUE_COLUMN], "")
        is_other = pc.call_function("not_equal", [named, venue]).to_numpy(zero_copy_only=False)
        fields = batch.fields.drop_columns([VENUE_COLUMN])
        if not is_other.any():
            yield replace(batch, fields=fields)
            continue
        bad = tuple(
            BadLine(int(line), f"a row of venue {name!r} in a file of {venue!r}", batch.raw(line))
            for line, name in zip(
                batch.lines[is_other], named.filter(pa.array(is_other)).to_pylist(), strict=True
            )
        )
        yield replace(
            batch,
            fields=fields.filter(pa.array(np.invert(is_other))),
            lines=batch.lines[~is_other],
            bad=(*batch.bad, *bad),
        )
