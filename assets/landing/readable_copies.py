"""Copies of landed objects whose text DuckDB refuses to read: an earlier version landed bytes that
are not UTF-8. Objects never change, so a run reads the copy, in which each such row has an error.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from assets.lake.lake import Lake
from assets.lake.objects.object_store import ObjectStore
from assets.landing.texts import readable_column
from assets.landing.writer import write_object

REFUSAL = "Invalid string encoding"
"""What DuckDB says of such an object."""
NO_TEXT = "a field holds bytes that are no text"


def paths_of(lake: Lake, keys: Iterable[str]) -> list[str]:
    """The paths that DuckDB reads objects from: their copies, where there are any."""
    folder = _folder(lake)
    copied = {str(path) for path in folder.rglob("*.parquet")} if folder.exists() else set()
    return [
        copy if (copy := str(folder / key)) in copied else lake.objects.path(key) for key in keys
    ]


def make_copies(lake: Lake, paths: Sequence[str]) -> list[str]:
    """Copy those of the objects at these paths that hold such text; their keys."""
    root = lake.objects.path("")
    keys = [path.removeprefix(root).lstrip("/") for path in paths if path.startswith(root)]
    return [key for key in keys if _copy(lake.objects, key, _folder(lake) / key)]


def _folder(lake: Lake) -> Path:
    return lake.settings.scratch / "readable"


def _copy(store: ObjectStore, key: str, path: Path) -> bool:
    rows = pq.ParquetFile(pa.BufferReader(store.read(key))).read().combine_chunks()
    faulty: set[int] = set()
    for place, name in enumerate(rows.column_names):
        if pa.types.is_string(rows.schema.field(name).type):
            column, changed = readable_column(pa.concat_arrays(rows[name].chunks))
            rows = rows.set_column(place, name, column)
            faulty |= {*changed}
    if not faulty:
        return False
    errors = [
        error or NO_TEXT if place in faulty else error
        for place, error in enumerate(rows["error"].to_pylist())
    ]
    place = rows.column_names.index("error")
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    write_object(unfinished, rows.set_column(place, "error", pa.array(errors, pa.string())))
    unfinished.replace(path)
    return True
