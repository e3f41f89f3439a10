"""Lines of comma-separated text to columns of text, with the physical line of every row."""

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from assets.landing.files.batch import BadLine, Batch
from assets.landing.files.lines import Block, raw_text
from assets.landing.files.numbers import plain_numbers

BLANK = "blank line"


def csv_batches(
    blocks: Iterator[Block], names: tuple[str, ...], delimiter: str = ","
) -> Iterator[Batch]:
    """Each block's rows; empty fields become null, quotes are removed, numbers have a point before
    their decimals and nothing between thousands; nothing else changes."""
    for block in blocks:
        if block.fault:
            bad = BadLine(block.first_line, block.fault, raw_text(block.data))
            yield _batch(block, _no_rows(names), np.empty(0, dtype=np.int64), (bad,))
        else:
            batch = _rows_at_once(block, names, delimiter) or _rows_by_line(block, names, delimiter)
            yield replace(batch, fields=plain_numbers(batch.fields, delimiter))


def split_line(text: str, delimiter: str = ",") -> list[str]:
    """The fields of one line; ValueError says what is wrong with its quotes."""
    try:
        return next(csv.reader([text], strict=True, delimiter=delimiter), [])
    except csv.Error as error:
        raise ValueError(f"the quotes do not match ({error})") from None


def _rows_at_once(block: Block, names: tuple[str, ...], delimiter: str) -> Batch | None:
    """The fast path, in which every line is a row; None if one is not."""
    if b"\r" in block.data and block.data.count(b"\r") != block.data.count(b"\r\n"):
        return None  # a lone carriage return would count as the end of a line
    try:
        fields = _parse(block.data, names, delimiter)
    except pa.ArrowInvalid:
        return None
    if fields.num_rows != block.line_count:
        return None
    lines = np.arange(block.first_line, block.first_line + fields.num_rows, dtype=np.int64)
    return _batch(block, fields, lines)


def _rows_by_line(block: Block, names: tuple[str, ...], delimiter: str) -> Batch:
    """The slow path: check each line, then parse the good ones at once."""
    good: list[bytes] = []
    lines: list[int] = []
    bad: list[BadLine] = []
    skipped: Counter[str] = Counter()
    for number, line in enumerate(block.lines(), block.first_line):
        if not line.strip():
            skipped[BLANK] += 1
            continue
        try:
            good.append(_checked(line, len(names), delimiter))
            lines.append(number)
        except ValueError as error:
            bad.append(BadLine(number, str(error), raw_text(line)))
    data = b"\n".join([*good, b""])
    fields = _parse(data, names, delimiter) if good else _no_rows(names)
    return _batch(block, fields, np.array(lines, dtype=np.int64), tuple(bad), skipped)


def _checked(line: bytes, expected: int, delimiter: str) -> bytes:
    """The line in an unambiguous form; ValueError if it is not a row."""
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        raise ValueError(f"byte {error.start + 1} of the line is not UTF-8") from None
    if "\r" in text:
        raise ValueError("there is a carriage return within the line")
    is_quoted = '"' in text
    fields = split_line(text, delimiter) if is_quoted else text.split(delimiter)
    if len(fields) != expected:
        raise ValueError(f"the line has {len(fields)} fields where {expected} were expected")
    if not is_quoted:
        return line
    rewritten = io.StringIO()
    writer = csv.writer(rewritten, quoting=csv.QUOTE_ALL, lineterminator="", delimiter=delimiter)
    writer.writerow(fields)
    return rewritten.getvalue().encode()


def _parse(data: bytes, names: tuple[str, ...], delimiter: str) -> pa.Table:
    return pa_csv.read_csv(
        pa.BufferReader(data),
        read_options=pa_csv.ReadOptions(
            column_names=list(names), use_threads=False, block_size=len(data) + 1
        ),
        parse_options=pa_csv.ParseOptions(delimiter=delimiter),
        convert_options=pa_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            strings_can_be_null=True,
            null_values=[""],
        ),
    )


def _no_rows(names: tuple[str, ...]) -> pa.Table:
    return pa.schema([(name, pa.string()) for name in names]).empty_table()


def _batch(
    block: Block,
    fields: pa.Table,
    lines: np.ndarray,
    bad: tuple[BadLine, ...] = (),
    skipped: Counter[str] | None = None,
) -> Batch:
    return Batch(fields, lines, _raw_of(block), len(block.data), bad, skipped or Counter())


def _raw_of(block: Block) -> Callable[[int], str]:
    split: list[bytes] = []

    def raw(line: int) -> str:
        if not split:
            split.extend(block.lines())
        return raw_text(split[line - block.first_line])

    return raw
