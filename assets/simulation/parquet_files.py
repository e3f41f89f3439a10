"""Parquet files of a simulated market, whose metadata name their content."""

from pathlib import Path as FilePath

import pyarrow as pa
import pyarrow.parquet as pq

from assets.landing.files.parquet_rows import DATASET

ROW_GROUP_ROWS = 122_880
# values that hardly ever repeat; a dictionary of them costs time and space
DISTINCT = {"trade_id", "order_id", "price", "quantity", "remaining", "traded_at", "event_at"}


def write_table(table: pa.Table, path: FilePath, dataset: str) -> None:
    """Write a table to a file whose bytes depend on the table alone."""
    pq.write_table(
        table.replace_schema_metadata({DATASET: dataset.encode()}),
        path,
        row_group_size=ROW_GROUP_ROWS,
        compression="zstd",
        compression_level=1,
        use_dictionary=[name for name in table.column_names if name not in DISTINCT],  # pyright: ignore[reportArgumentType]
        store_decimal_as_integer=True,
    )
