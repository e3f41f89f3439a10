"""Texts that every later stage can read: UTF-8 without a NUL, and no longer than a name is."""

# pyarrow makes its compute functions when it is imported, so type checkers do not see them
# pyright: reportAttributeAccessIssue=false
from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

LONGEST = 256
"""Characters of a trade's field: no venue has longer symbols, ids or numbers."""


def readable(value: bytes) -> str:
    """Bytes as text that can be stored: what is not UTF-8, and each NUL, is escaped."""
    return without_nul(value.decode(errors="backslashreplace"))


def without_nul(text: str) -> str:
    """The text with each NUL written out: sort keys and catalogs end at one."""
    return text.replace("\0", "\\x00")


def readable_text(text: str) -> str:
    """Text that may hold lone surrogates, as JSON and the names of files do, likewise."""
    return readable(text.encode(errors="backslashreplace"))


def readable_column(column: pa.Array) -> tuple[pa.Array, list[int]]:
    """A column of text, or of bytes, as text that can be stored, and the places it changed at."""
    try:
        text = pc.cast(column, pa.string())
        text.validate(full=True)
    except pa.ArrowInvalid:
        values = pc.cast(column, pa.binary()).to_pylist()
    else:
        return text, []
    texts = [None if value is None else readable(value) for value in values]
    changed = [
        place
        for place, (value, text) in enumerate(zip(values, texts, strict=True))
        if value is not None and text is not None and value != text.encode()
    ]
    return pa.array(texts, pa.string()), changed


def text_faults(fields: pa.Table, names: Iterable[str]) -> dict[int, str]:
    """What is wrong with the texts of rows, by their place: a NUL, or in a column of these names a
    text longer than 256 characters."""
    faults: dict[int, str] = {}
    limited = set(names)
    for name in fields.column_names:
        column = fields[name]
        if not pa.types.is_string(column.type):
            continue
        if _may_hold_nul(column):
            for place in _places(pc.match_substring(column, "\0")):
                faults.setdefault(place, f"the {name} contains a NUL")
        # bytes first: they are counted at once
        if name in limited and (pc.max(pc.binary_length(column)).as_py() or 0) > LONGEST:
            for place in _places(pc.greater(pc.utf8_length(column), LONGEST)):
                faults.setdefault(place, f"the {name} is longer than {LONGEST} characters")
    return faults


def _may_hold_nul(column: pa.ChunkedArray) -> bool:
    for chunk in column.chunks:
        data = chunk.buffers()[2]
        if data is not None and not np.frombuffer(data, np.uint8).all():
            return True
    return False


def _places(is_so: pa.ChunkedArray) -> list[int]:
    return pc.indices_nonzero(pc.fill_null(is_so, fill_value=False)).to_pylist()
