"""Write rows to immutable Parquet objects, a folder per date, cut by the file's content alone."""

from collections import defaultdict
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

import pyarrow as pa
import pyarrow.parquet as pq

from assets.lake.objects.object_store import ObjectStore
from assets.landing.schema import (
    COLUMNS_KEY,
    EVERY_ROW,
    INTEGERS,
    TRADES,
    column_type,
    landed_schema,
)

CHUNK_BYTES = 64 << 20
"""Text of one date that becomes one object: some 20 MB, about half a million rows."""
BUFFER_BYTES = 256 << 20
"""Text of all dates together that may wait; beyond it the rows of every date are written.

Meanwhile one more object is being written."""
ROW_GROUP_ROWS = 122_880

# Values that hardly ever repeat; a dictionary of them costs time and space. Lengths and bytes
# stored separately are smaller and faster than plain text.
_DISTINCT = {
    *("id", "trade_id", "agg_trade_id", "first_trade_id", "last_trade_id", "order", "order_id"),
    *("buyer_order_id", "seller_order_id", "received_ns"),
    *("price", "qty", "quote_qty", "base_qty", "quantity", "amount", "cost"),
}
# Successive times are similar: only the difference from the previous text is written.
_RISING = {
    *("time", "timestamp", "datetime", "transact_time", "event_time", "trade_time", "traded_at"),
}


@dataclass
class _Pending:
    """Rows of one date that wait to be written."""

    tables: list[pa.Table] = field(default_factory=list)
    size: int = 0
    chunk: int = 0


@dataclass
class ObjectWriter:
    """Collects the rows of one file by date and writes them as objects, the last ones at exit.

    One object is written while the next is read; an interrupt waits for it. `constants` are the
    columns that are the same in every row of the file.
    """

    store: ObjectStore
    scratch: Path
    constants: dict[str, str]
    digest: str
    objects: list[str] = field(default_factory=list)
    new_objects: list[str] = field(default_factory=list)
    _pending: defaultdict[date | None, _Pending] = field(
        default_factory=lambda: defaultdict(_Pending)
    )
    _size: int = 0
    _thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))
    _under_way: Future[None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        with self._thread:
            if error is None:
                self._flush()
            elif isinstance(error, Exception):
                # a failing store stops all files, a damaged file only itself
                self._finish()

    def add(self, day: date | None, rows: pa.Table, size: int) -> None:
        """Add rows of one day (None: unknown); `size` is their share of the file's text."""
        pending = self._pending[day]
        pending.tables.append(rows)
        pending.size += size
        self._size += size
        if pending.size >= CHUNK_BYTES:
            self._write(day)
        if self._size >= BUFFER_BYTES:
            self._flush()

    def _flush(self) -> None:
        for day in sorted(self._pending, key=lambda day: day or date.max):
            self._write(day)
        self._finish()

    def _finish(self) -> None:
        if self._under_way is not None:
            self._under_way.result()
            self._under_way = None

    def _write(self, day: date | None) -> None:
        pending = self._pending[day]
        if not pending.tables:
            return
        folder = f"landing/{TRADES}/venue={self.constants['venue']}/date={day or 'unknown'}"
        key = f"{folder}/{self.digest}-{pending.chunk:05}.parquet"
        # one object at a time, or a slow store would fill the memory
        self._finish()
        self._under_way = self._thread.submit(self._put, key, pending.tables)
        self._size -= pending.size
        self._pending[day] = _Pending(chunk=pending.chunk + 1)

    def _put(self, key: str, tables: list[pa.Table]) -> None:
        if not self.store.exists(key) and self.store.put_new(key, self._file(tables)):
            self.new_objects.append(key)
        self.objects.append(key)

    def _file(self, tables: list[pa.Table]) -> Path:
        rows = pa.concat_tables(tables, promote_options="default")
        path = self.scratch / "object.parquet"
        write_object(path, with_every_column(rows, self.constants))
        return path


def with_every_column(rows: pa.Table, constants: dict[str, str]) -> pa.Table:
    """The rows, preceded by the columns that landing adds."""
    columns: dict[str, pa.Array | pa.ChunkedArray] = {}
    for name in dict.fromkeys([*EVERY_ROW, *constants]):
        if name in rows.column_names:
            columns[name] = rows[name]
        elif name in constants:
            places = pa.repeat(pa.scalar(0, pa.int8()), rows.num_rows)
            columns[name] = pa.DictionaryArray.from_arrays(places, [constants[name]])
        else:
            columns[name] = pa.nulls(rows.num_rows, column_type(name))
    for name in rows.column_names:
        columns.setdefault(name, rows[name])
    return pa.table(columns)


def write_object(path: Path, table: pa.Table, metadata: Mapping[str, str] | None = None) -> None:
    """Write Parquet whose bytes depend on the table and the metadata alone."""
    encodings = {
        name: "DELTA_LENGTH_BYTE_ARRAY" if name in _DISTINCT else "DELTA_BYTE_ARRAY"
        for name in table.column_names
        if name in _DISTINCT | _RISING
    }
    encodings |= {
        name: "DELTA_BINARY_PACKED"
        for name in INTEGERS.intersection(table.column_names)
        if table.schema.field(name).type == pa.int64()
    }
    writer = pq.ParquetWriter(
        path,
        table.schema,
        version="2.6",
        compression="zstd",
        compression_level=1,
        # a list of columns is allowed, though the stubs lack it
        use_dictionary=[name for name in table.column_names if name not in encodings],  # pyright: ignore[reportArgumentType]
        column_encoding=encodings,
        write_statistics=False,
        store_schema=False,
    )
    with writer:
        writer.write_table(table, row_group_size=ROW_GROUP_ROWS)
        if metadata:
            writer.add_key_value_metadata(dict(metadata))


def put_columns(store: ObjectStore, scratch: Path) -> None:
    """Create the object of all columns unless it exists."""
    if not store.exists(COLUMNS_KEY):
        scratch.mkdir(parents=True, exist_ok=True)
        # a folder of its own: two runs over a new home would write into one file
        with TemporaryDirectory(prefix="columns-", dir=scratch) as folder:
            path = Path(folder) / "columns.parquet"
            write_object(path, landed_schema().empty_table())
            store.put_new(COLUMNS_KEY, path)
