"""Rows of a Parquet file as columns of text; a row's line is its number, from 1."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from assets.landing.files.batch import Batch, without_rows
from assets.landing.files.containers import Container, DamagedFileError
from assets.landing.files.report import LandingError
from assets.landing.schema import TRADES
from assets.landing.texts import readable_column

ROWS_AT_ONCE = 65_536
DATASET = b"tapewatch.dataset"
"""Metadata key under which a file names its content; without the key it is trades."""
WHOLE_NUMBERS_END = 1e15
DAMAGED = (pa.ArrowException, OSError, ValueError, OverflowError)
"""What pyarrow raises over bytes that are no Parquet, and over values that Python does not have."""


def open_parquet(container: Container) -> pq.ParquetFile:
    """The file, if its footer can be read; without the footer nothing can be read."""
    try:
        file = pq.ParquetFile(container.file)
        file.schema_arrow  # noqa: B018 (made on demand, of the damaged bytes)
    except DAMAGED as error:
        raise LandingError(
            container.path,
            None,
            f"the Parquet file is cut off or damaged ({error})",
            "fetch the file again",
        ) from None
    return file


def dataset_of(path: Path) -> str:
    """What a Parquet file's metadata says that it holds; trades where they say nothing."""
    try:
        metadata = pq.read_metadata(path).metadata
    except DAMAGED:
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
        except DAMAGED as error:
            what = f"the Parquet data are damaged after row {first - 1} ({error})"
            raise DamagedFileError(what) from None
        if batch is None:
            return
        fields = pa.table([text for text, _ in columns], names=list(names))
        lines = np.arange(first, first + batch.num_rows, dtype=np.int64)
        errors = {
            place: f"the {name} holds bytes that are no text"
            for name, (_, changed) in zip(names, columns, strict=True)
            for place in changed
        }
        made = Batch(fields, lines, _raw_of(fields, first), fields.nbytes)
        yield without_rows(made, errors)
        first += batch.num_rows


def _text(column: pa.Array) -> tuple[pa.Array, list[int]]:
    """The column as text, and the places at which it held bytes that are none."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _text(column.dictionary_decode())
    if pa.types.is_floating(kind):
        return _float_text(column), []
    if _is_text(kind):
        return readable_column(column)
    try:
        return pc.cast(column, pa.string()), []
    except pa.ArrowNotImplementedError:  # lists, structs, durations
        texts = [None if value is None else _written(value) for value in column.to_pylist()]
        return pa.array(texts, pa.string()), []


def _is_text(kind: pa.DataType) -> bool:
    return any(
        is_so(kind)
        for is_so in (
            *(pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view),
            *(pa.types.is_binary, pa.types.is_large_binary, pa.types.is_binary_view),
            pa.types.is_fixed_size_binary,
        )
    )


def _written(value: object) -> str:
    return json.dumps(value, default=str) if isinstance(value, dict | list) else str(value)


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
