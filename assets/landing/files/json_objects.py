"""JSON whose objects are no lines: those of an array, or spread over lines, become one line each.

Such an object's line is its place: 1 for the first of the file.
"""

import re
from collections.abc import Iterable, Iterator

from assets.landing.files.containers import DamagedFileError
from assets.landing.files.lines import BLOCK_BYTES, CUT_OFF, RAW_BYTES, Block, windows

# a whole text, whose braces mean nothing, or a brace, or a text whose end is not read yet
TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+"|[{}]|"', re.DOTALL)
BETWEEN = b" \t\r\n,[]"
UNENDED = "the file ends within this object"
ENDLESS = "the object does not end within a block, so nothing after it was read"


def read_objects(chunks: Iterable[bytes], size: int = BLOCK_BYTES) -> Iterator[Block]:
    """Blocks of objects, a line each, of about `size` bytes; what is no object is a line too.

    Where the stream breaks or ends within an object, the rest is a block with a fault; then a
    DamagedFileError goes on to the caller.
    """
    place = 1
    rest = b""
    damage: DamagedFileError | None = None
    try:
        for window in windows(chunks, size):
            values, rest = _split(rest + window)
            if values:
                yield Block(b"".join(map(_line, values)), place, len(values))
                place += len(values)
            if len(rest) > size:
                yield Block(_line(rest[:RAW_BYTES]), place, 1, ENDLESS)
                return
    except DamagedFileError as error:
        damage = error
    if left := rest.strip(BETWEEN):
        fault = CUT_OFF if damage else UNENDED if b"{" in left else None
        yield Block(_line(left[:RAW_BYTES]), place, 1, fault)
    if damage:
        raise damage


def _split(data: bytes) -> tuple[list[bytes], bytes]:
    """Whole objects, and what else stands between them, in order; and the rest of the data."""
    values: list[bytes] = []
    end = depth = begin = 0
    for token in TOKEN.finditer(data):
        match token[0]:
            case b"{":
                begin = begin if depth else token.start()
                depth += 1
            case b"}" if depth:
                depth -= 1
                if not depth:
                    values += [part for part in (data[end:begin].strip(BETWEEN),) if part]
                    end = token.end()
                    values.append(data[begin:end])
            case b'"':
                break
    return values, data[end:]


def _line(value: bytes) -> bytes:
    """A value on one line: a line feed in a text is as wrong as a carriage return."""
    return value.replace(b"\n", b"\r") + b"\n"
