"""JSON lines: an object a line becomes a row, its keys the columns, each number its own text."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from assets.landing.files.batch import BadLine, Batch
from assets.landing.files.lines import Block, raw_text

BLANK = "blank line"


def keys_of(line: bytes) -> list[str] | None:
    """The keys of the object that a line holds; None where it holds none."""
    try:
        return list(_object(line))
    except ValueError:
        return None


def json_batches(
    blocks: Iterator[Block], keys: tuple[str, ...], names: tuple[str, ...]
) -> Iterator[Batch]:
    """Each block's rows: of each object the values of these keys, under these names.

    Keys of later objects that the first lacks are left out.
    """
    for block in blocks:
        yield _batch(block, keys, names)


def _batch(block: Block, keys: tuple[str, ...], names: tuple[str, ...]) -> Batch:
    raw_lines = block.lines()
    rows: list[dict[str, Any]] = []
    lines: list[int] = []
    bad: list[BadLine] = []
    skipped: Counter[str] = Counter()
    for number, line in enumerate(raw_lines, block.first_line):
        if not line.strip():
            skipped[BLANK] += 1
            continue
        try:
            if block.fault:
                raise ValueError(block.fault)
            rows.append(_object(line))
            lines.append(number)
        except ValueError as error:
            bad.append(BadLine(number, str(error), raw_text(line)))
    columns = {
        name: pa.array([text_of(row.get(key)) for row in rows], pa.string())
        for key, name in zip(keys, names, strict=True)
    }
    return Batch(
        pa.table(columns),
        np.array(lines, dtype=np.int64),
        lambda line: raw_text(raw_lines[line - block.first_line]),
        len(block.data),
        tuple(bad),
        skipped,
    )


def _object(line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line, parse_int=str, parse_float=str)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"the line is not JSON ({error})") from None
    if not isinstance(found, dict):
        raise ValueError("the line is JSON, but no object")
    return found


def text_of(value: Any) -> str | None:
    """A value of JSON as the text of a field; None for one that is null or empty."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    text = value if isinstance(value, str) else json.dumps(value)
    # a lone surrogate, which JSON allows and UTF-8 does not
    return text.encode(errors="backslashreplace").decode()
