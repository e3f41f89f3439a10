"""Rows of a Parquet file as columns of text; a row's line is its number, from 1."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from assets.landing.files.batch import Batch
from assets.landing.files.containers import Container, DamagedFileError
from assets.landing.files.report import LandingError
from assets.landing.schema import TRADES

ROWS_AT_ONCE = 65_536
DATASET = b"tapewatch.dataset"
"""Metadata key under which a file names its content; without the key it is trades."""
WHOLE_NUMBERS_END = 1e15


def open_parquet(container: Container) -> pq.ParquetFile:
    """The file, if its footer can be read; without the footer nothing can be read."""
    try:
        return pq.ParquetFile(container.file)
    except (pa.ArrowException, OSError) as error:
        raise LandingError(
            container.path,
            None,
            f"the Parquet file is cut off or damaged ({error})",
            "fetch the file again",
        ) from None


def dataset_of(path: Path) -> str:
    """What a Parquet file's metadata says that it holds; trades where they say nothing."""
    try:
        metadata = pq.read_metadata(path).metadata
    except (pa.ArrowException, OSError):
        return TRADES  # landing the file reports what is wrong with it
    return (metadata or {}).get(DATASET, TRADES.encode()).decode(errors="replace")


def parquet_batches(file: pq.ParquetFile, names: tuple[str, ...]) -> Iterator[Batch]:
    """The rows in batches; raises DamagedFileError at the first batch that cannot be read."""
    first = 1
    batches = file.iter_batches(batch_size=ROWS_AT_ONCE, use_threads=False)
    while True:
        try:
            batch = next(batches, None)
            columns = [_text(column) for column in batch.columns] if batch else []
        except (pa.ArrowException, OSError) as error:
            what = f"the Parquet data are damaged after row {first - 1} ({error})"
            raise DamagedFileError(what) from None
        if batch is None:
            return
        fields = pa.table(columns, names=list(names))
        lines = np.arange(first, first + batch.num_rows, dtype=np.int64)
        yield Batch(fields, lines, _raw_of(fields, first), fields.nbytes)
        first += batch.num_rows


def _text(column: pa.Array) -> pa.Array:
    if pa.types.is_nested(column.type):
        values = column.to_pylist()
        texts = [None if value is None else json.dumps(value, default=str) for value in values]
        return pa.array(texts, pa.string())
    if pa.types.is_floating(column.type):
        return _float_text(column)
    return pc.cast(column, pa.string())


def _float_text(column: pa.Array) -> pa.Array:
    """The shortest text that is the same float; null for NaN, as pandas writes what is missing."""
    values = column.fill_null(float("nan")).to_numpy(zero_copy_only=False)
    is_whole = (np.abs(values) < WHOLE_NUMBERS_END) & (values == np.floor(values))
    # 1723161600123 and not 1.723161600123e+12: ids and times are floats where some are missing
    whole = pc.cast(pa.array(np.where(is_whole, values, 0).astype(np.int64)), pa.string())
    text = pc.cast(column, pa.string())
    either = np.where(is_whole, whole.to_numpy(False), text.to_numpy(False))
    return pa.array(either, pa.string(), mask=np.isnan(values))


def _raw_of(fields: pa.Table, first: int) -> Callable[[int], str]:
    return lambda line: json.dumps(fields.slice(line - first, 1).to_pylist()[0])
