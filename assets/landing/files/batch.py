"""A block after parsing: rows as columns of text, and the lines that are not rows."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from assets.landing.texts import text_faults


@dataclass(frozen=True)
class BadLine:
    """A line that could not become a row."""

    line: int
    error: str
    raw: str


@dataclass(frozen=True)
class Batch:
    """The rows of one block, in the order of the file."""

    fields: pa.Table
    """The venue's fields by their landed names, all text."""
    lines: NDArray[np.int64]
    """The physical line of each row, from 1."""
    raw: Callable[[int], str]
    """The text of a line by its row, for a row that is rejected later."""
    size: int
    """Bytes of text, which decide where one object ends and the next begins."""
    bad: tuple[BadLine, ...] = ()
    skipped: Counter[str] = field(default_factory=Counter)
    """Counts of lines that are not trades, by kind."""


def without_rows(batch: Batch, errors: Mapping[int, str]) -> Batch:
    """The batch with the rows at these places as bad lines, each with its error."""
    if not errors:
        return batch
    lines = batch.lines[(places := sorted(errors))].tolist()
    bad = (
        BadLine(line, errors[place], batch.raw(line))
        for place, line in zip(places, lines, strict=True)
    )
    is_good = np.ones(len(batch.lines), dtype=bool)
    is_good[places] = False
    return replace(
        batch,
        fields=batch.fields.filter(pa.array(is_good)),
        lines=batch.lines[is_good],
        bad=(*batch.bad, *bad),
    )


def with_readable_rows(batches: Iterable[Batch], names: Iterable[str]) -> Iterator[Batch]:
    """The batches without rows whose texts no later stage can read; `names` are a trade's fields,
    whose length is limited."""
    limited = frozenset(names)
    for batch in batches:
        yield without_rows(batch, text_faults(batch.fields, limited))
