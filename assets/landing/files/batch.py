"""What a format makes of a block: rows as columns of text, and lines that are no rows."""

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
    """The text of a line, for a row that is rejected later."""
    size: int
    """Bytes of text; what the cuts between objects are measured in."""
    bad: tuple[BadLine, ...] = ()
    skipped: Counter[str] = field(default_factory=Counter)
    """Lines that are no trades, by kind."""
