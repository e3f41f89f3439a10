"""A block after parsing: rows as columns of text, and the lines that are not rows."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


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
