"""Open a file as a source of rows: its format by its content, its symbol by its name."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain

from assets.landing.files.batch import Batch, with_readable_rows
from assets.landing.files.containers import Container, DamagedFileError
from assets.landing.files.csv_rows import csv_batches, split_line
from assets.landing.files.lines import Block, raw_text, read_blocks
from assets.landing.files.parquet_rows import open_parquet, parquet_batches
from assets.landing.files.report import LandingError
from assets.landing.formats import binance_websocket, tapewatch
from assets.landing.formats.recognise import (
    KNOWN,
    Layout,
    UnknownFormatError,
    recognise_header,
    recognise_rows,
)
from assets.landing.schema import FIELDS

LINES_LOOKED_AT = 20
"""How many lines are tried to recognise a file without header: the first may be malformed."""

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Source:
    """A file whose format is known, and the rows in it."""

    container: Container
    format: str
    venue: str
    """The venue that the file itself names; `file` if it names none."""
    venue_symbol: str | None
    """The symbol, where the file's name contains it and its rows do not."""
    time_columns: tuple[str, ...]
    batches: Iterator[Batch]
    header_line: int | None
    cure_without_rows: str


def open_source(container: Container) -> Source:
    """Recognise a file's format; LandingError, with what was expected, if it is unknown."""
    if container.kind == "parquet":
        return _open_parquet(container)
    blocks = read_blocks(container.chunks())
    first = _first_block(container, blocks)
    start = _first_line(first)
    if start is None:
        raise LandingError(container.path, 1, "the file has blank lines only", "fetch it again")
    place, line = start
    if binance_websocket.HYPERLIQUID.match(line):
        raise LandingError(
            container.path, place, "this is a capture of Hyperliquid's websocket", KNOWN
        )
    if binance_websocket.LINE.fullmatch(line):
        return _open_websocket(container, chain([first], blocks))
    return _open_csv(container, first, place, line, blocks)


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
    return replace(first, data=first.data.removeprefix(BYTE_ORDER_MARK))


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
    return Source(
        container=container,
        format=binance_websocket.NAME,
        venue=binance_websocket.venue_of_file(container.path.name),
        venue_symbol=None,
        time_columns=binance_websocket.TIME_COLUMNS,
        batches=with_readable_rows(
            binance_websocket.websocket_batches(blocks), FIELDS[binance_websocket.NAME]
        ),
        header_line=None,
        cure_without_rows="capture a stream of trades (@trade or @aggTrade)",
    )


def _open_csv(
    container: Container, first: Block, place: int, line: bytes, blocks: Iterator[Block]
) -> Source:
    try:
        layout = _layout(first, line)
    except UnknownFormatError as error:
        raise LandingError(container.path, place, error.what, error.cure) from None
    if layout.has_header:
        above = place - first.first_line + 1
        data = first.data.split(b"\n", above)[-1]
        rest = [Block(data, place + 1, first.line_count - above)] if data else []
    else:
        rest = [first]
    return _table_source(
        container, layout, csv_batches(chain(rest, blocks), layout.names), header_line=place
    )


def _layout(first: Block, line: bytes) -> Layout:
    text = raw_text(line)
    try:
        header = split_line(text)
    except ValueError:  # quotes that do not match
        header = [text]
    try:
        return recognise_header(header)
    except UnknownFormatError:
        if layout := recognise_rows(map(raw_text, first.data.split(b"\n", LINES_LOOKED_AT)[:-1])):
            return layout
        raise


def _open_parquet(container: Container) -> Source:
    file = open_parquet(container)
    try:
        layout = recognise_header(file.schema_arrow.names)
    except UnknownFormatError as error:
        raise LandingError(container.path, None, error.what, error.cure) from None
    return _table_source(container, layout, parquet_batches(file, layout.names), header_line=None)


def _table_source(
    container: Container, layout: Layout, batches: Iterator[Batch], header_line: int | None
) -> Source:
    table_format = layout.format
    batches = with_readable_rows(batches, {*FIELDS[table_format.name], tapewatch.VENUE_COLUMN})
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
    venue = table_format.venue(layout.names, symbol)
    if table_format.venue_column is not None:
        first = _until_a_row(container, batches)
        venue = _venue_of_rows(container, first, table_format.venue_column, header_line)
        rows = tapewatch.rows_of_venue(chain(first, batches), venue)
        batches = tapewatch.rows_with_receipt(rows)
    return Source(
        container=container,
        format=table_format.name,
        venue=venue,
        venue_symbol=symbol,
        time_columns=table_format.time_columns,
        batches=batches,
        header_line=header_line,
        cure_without_rows="there is only a header: fetch the file again",
    )


def _until_a_row(container: Container, batches: Iterator[Batch]) -> list[Batch]:
    """The batches up to the first with a row; LandingError if the data are damaged before it."""
    found: list[Batch] = []
    try:
        for batch in batches:
            found.append(batch)
            if batch.fields.num_rows:
                break
    except DamagedFileError as damage:
        what = f"{damage.what}; no row before can be read"
        raise LandingError(container.path, None, what, damage.cure) from None
    return found


def _venue_of_rows(
    container: Container, first: list[Batch], column: str, header_line: int | None
) -> str:
    """The venue that the first row names."""
    rows = first[-1].fields if first else None
    venue = rows[column][0].as_py() if rows is not None and rows.num_rows else None
    if venue is None or not tapewatch.VENUE.fullmatch(venue) or venue == tapewatch.NO_VENUE:
        raise LandingError(
            container.path,
            header_line,
            f"the first row's venue is {venue!r}",
            f"write a venue in a-z, 0-9 and _ (not {tapewatch.NO_VENUE!r}), and the rows of each "
            "venue to a file of its own",
        )
    return venue
