"""Open a file as a source of rows: its format by its content, its symbol by its name."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain

import pyarrow as pa

from assets.landing.files.batch import Batch, with_readable_rows
from assets.landing.files.containers import Container, DamagedFileError
from assets.landing.files.csv_rows import csv_batches, split_line
from assets.landing.files.folders import folder_columns
from assets.landing.files.json_objects import read_objects
from assets.landing.files.json_rows import json_batches, keys_of
from assets.landing.files.lines import BLOCK_BYTES, Block, raw_text, read_blocks
from assets.landing.files.parquet_rows import open_parquet, parquet_batches
from assets.landing.files.report import LandingError
from assets.landing.formats import binance_websocket, hyperliquid
from assets.landing.formats.recognise import (
    KNOWN,
    Layout,
    UnknownFormatError,
    recognise_header,
    recognise_rows,
)
from assets.landing.formats.table import VENUE_COLUMN
from assets.landing.formats.tapewatch import TAPEWATCH, rows_with_receipt
from assets.landing.schema import FIELDS, TRADES

LINES_LOOKED_AT = 20
"""How many lines are tried to recognise a file without header: the first may be malformed."""

DELIMITERS = (",", ";", "\t", "|")
"""What may stand between the fields of a line."""

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Source:
    """A file whose format is known, and the rows in it."""

    container: Container
    format: str
    venue: str
    """The venue that the file itself names; `file` if it names none."""
    venue_column: str | None
    """The column in which each row names its venue, if there is one."""
    venue_symbol: str | None
    """The symbol, where the file's name contains it and its rows do not."""
    time_columns: tuple[str, ...]
    batches: Iterator[Batch]
    header_line: int | None
    cure_without_rows: str
    dataset: str = TRADES
    """What a row is: a trade, or what is said of an account."""


def open_source(container: Container) -> Source:
    """Recognise a file's format; LandingError, with what was expected, if it is unknown."""
    if container.kind == "parquet":
        return _open_parquet(container)
    blocks = _blocks(container)
    first = _first_block(container, blocks)
    start = _first_line(first)
    if start is None:
        raise LandingError(container.path, 1, "the file has blank lines only", "fetch it again")
    place, line = start
    if hyperliquid.is_message(line):
        return _capture(
            container,
            hyperliquid.message_batches(chain([first], blocks)),
            format=hyperliquid.NAME,
            venue=hyperliquid.NAME,
            time_columns=hyperliquid.HYPERLIQUID.time_columns,
            cure="subscribe to the channel `trades` of a coin",
        )
    if binance_websocket.LINE.fullmatch(line):
        return _open_websocket(container, chain([first], blocks))
    if line.startswith(b"{") and (keys := keys_of(line)):
        return _open_json(container, first, place, keys, blocks)
    return _open_csv(container, first, place, line, blocks)


def _blocks(container: Container) -> Iterator[Block]:
    """The file's lines; of JSON that is an array, or spread over lines, an object a line."""
    chunks = container.chunks()
    start = b""
    for chunk in chunks:
        start = (start + chunk).removeprefix(BYTE_ORDER_MARK)
        if start.strip() or len(start) > BLOCK_BYTES:
            break
    whole = chain([start], chunks)
    yield from read_objects(whole) if _is_spread(start.lstrip()) else read_blocks(whole)


def _is_spread(start: bytes) -> bool:
    """Whether a file is JSON, but its first line is no object."""
    is_object = start.startswith(b"{")
    return start.startswith(b"[") or (is_object and keys_of(start.split(b"\n", 1)[0]) is None)


def _first_block(container: Container, blocks: Iterator[Block]) -> Block:
    try:
        first = next(blocks, None)
    except DamagedFileError as damage:
        what = f"{damage.what}, before the first line ends"
        raise LandingError(container.path, 1, what, damage.cure) from None
    if first is None and container.kind == "zip" and container.member is None:
        raise LandingError(
            container.path, None, "there is no CSV file in the zip", "zip the CSV file itself"
        )
    if first is None:
        raise LandingError(container.path, 1, "there is nothing in the file", "fetch it again")
    if first.fault:
        raise LandingError(container.path, 1, first.fault, f"fetch the file again; {KNOWN}")
    return first


def _first_line(block: Block) -> tuple[int, bytes] | None:
    """The first line that is not blank, and its place."""
    start = 0
    line = block.first_line
    while (end := block.data.find(b"\n", start)) >= 0:
        if (text := block.data[start:end].rstrip(b"\r")).strip():
            return line, text
        start, line = end + 1, line + 1
    return None


def _open_websocket(container: Container, blocks: Iterator[Block]) -> Source:
    return _capture(
        container,
        binance_websocket.websocket_batches(blocks),
        format=binance_websocket.NAME,
        venue=binance_websocket.venue_of_file(container.path.name),
        time_columns=binance_websocket.TIME_COLUMNS,
        cure="capture a stream of trades (@trade or @aggTrade)",
    )


def _capture(
    container: Container,
    batches: Iterator[Batch],
    *,
    format: str,
    venue: str,
    time_columns: tuple[str, ...],
    cure: str,
) -> Source:
    """A capture of a websocket's messages; `cure` is that of a capture without trades."""
    readable = with_readable_rows(batches, FIELDS[format])
    return Source(container, format, venue, None, None, time_columns, readable, None, cure)


def _open_csv(
    container: Container, first: Block, place: int, line: bytes, blocks: Iterator[Block]
) -> Source:
    folder = folder_columns(container.path)
    try:
        layout, delimiter = _layout(first, line, tuple(folder))
    except UnknownFormatError as error:
        raise LandingError(container.path, place, error.what, error.cure) from None
    if layout.has_header:
        above = place - first.first_line + 1
        data = first.data.split(b"\n", above)[-1]
        rest = [Block(data, place + 1, first.line_count - above)] if data else []
    else:
        rest = [first]
    batches = csv_batches(chain(rest, blocks), layout.names, delimiter)
    return _table_source(container, layout, batches, header_line=place)


def _layout(first: Block, line: bytes, folder: tuple[str, ...]) -> tuple[Layout, str]:
    """The layout by the header, or by the shape of a row, and what stands between fields."""
    text = raw_text(line)
    unknown: list[UnknownFormatError] = []
    for delimiter in DELIMITERS:
        try:
            header = split_line(text, delimiter)
        except ValueError:  # quotes that do not match
            header = [text]
        try:
            return recognise_header(header, folder), delimiter
        except UnknownFormatError as error:
            unknown.append(error)
    if layout := recognise_rows(map(raw_text, first.data.split(b"\n", LINES_LOOKED_AT)[:-1])):
        return layout, ","
    # what is said of the text is of its commas
    raise unknown[0]


def _open_json(
    container: Container, first: Block, place: int, keys: list[str], blocks: Iterator[Block]
) -> Source:
    if {*keys} >= binance_websocket.KEYS:
        what = "these are messages of Binance's websocket without the time of their receipt"
        cure = f"write `<receive time in ns> <message>` a line; {KNOWN}"
        raise LandingError(container.path, place, what, cure)
    try:
        layout = recognise_header(keys, tuple(folder_columns(container.path)))
    except UnknownFormatError as error:
        raise LandingError(container.path, place, error.what, error.cure) from None
    batches = json_batches(chain([first], blocks), tuple(keys), layout.names)
    return _table_source(container, layout, batches, header_line=None)


def _open_parquet(container: Container) -> Source:
    file = open_parquet(container)
    try:
        folder = tuple(folder_columns(container.path))
        layout = recognise_header(file.schema_arrow.names, folder)
    except UnknownFormatError as error:
        raise LandingError(container.path, None, error.what, error.cure) from None
    return _table_source(container, layout, parquet_batches(file, layout.names), header_line=None)


def _table_source(
    container: Container, layout: Layout, batches: Iterator[Batch], header_line: int | None
) -> Source:
    table_format = layout.format
    limited = FIELDS.get(table_format.landed_as, layout.names)
    batches = with_readable_rows(batches, {*limited, VENUE_COLUMN})
    symbol = None
    if table_format.file_name is not None and "venue_symbol" not in layout.names:
        names = (container.path.name, container.member or "")
        found = next(filter(None, map(table_format.file_name.search, names)), None)
        if found is None:
            raise LandingError(
                container.path,
                header_line,
                f"this is {table_format.title}, whose rows have no symbol, and neither "
                "has the file's name",
                f"name it as Binance does: {table_format.file_name_example}",
            )
        symbol = found["symbol"].upper()
    column = table_format.venue_column
    batches = _with_folder(batches, layout, folder_columns(container.path))
    if table_format is TAPEWATCH:
        batches = rows_with_receipt(batches)
    return Source(
        container=container,
        format=table_format.name,
        venue=table_format.venue(layout.names, symbol),
        venue_column=column if column in layout.names else None,
        venue_symbol=symbol,
        time_columns=table_format.time_columns,
        batches=batches,
        header_line=header_line,
        cure_without_rows="there is only a header: fetch the file again",
        dataset=table_format.dataset,
    )


def _with_folder(
    batches: Iterator[Batch], layout: Layout, folder: Mapping[str, str]
) -> Iterator[Batch]:
    """The rows with the columns that only the file's folders name."""
    added = {name: folder[column] for column, name in layout.folder_names.items()}
    for batch in batches:
        fields = batch.fields
        for name, value in added.items():
            same = pa.repeat(pa.scalar(value, pa.string()), fields.num_rows)
            fields = fields.append_column(name, same)
        yield replace(batch, fields=fields)
