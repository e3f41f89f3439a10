"""Split a stream of bytes into blocks of whole lines with their line numbers."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from assets.landing.files.containers import DamagedFileError
from assets.landing.texts import readable

BLOCK_BYTES = 8 << 20
RAW_BYTES = 1 << 16

CUT_OFF = "the file is cut off within this line"
ENDLESS = "the line is longer than a block"


@dataclass(frozen=True)
class Block:
    """Whole lines, each ended by a line feed; the content alone decides where blocks end."""

    data: bytes
    first_line: int
    line_count: int
    fault: str | None = None
    """Why the block, then a single line, cannot be a row."""

    def lines(self) -> list[bytes]:
        """The lines without their ends."""
        return [line.removesuffix(b"\r") for line in self.data.split(b"\n")[:-1]]


def raw_text(line: bytes) -> str:
    """A line as text, without its end; NULs and what is not UTF-8 are escaped, long text is cut."""
    return readable(line[:RAW_BYTES].rstrip(b"\r\n"))


def read_blocks(chunks: Iterable[bytes], size: int = BLOCK_BYTES) -> Iterator[Block]:
    """Blocks of whole lines, of about `size` bytes; a longer line is a block with a fault.

    When the stream breaks, what is left of the line at the break is a block with a fault, and then
    the DamagedFileError goes on to the caller.
    """
    line = 1
    begun = b""  # the first part of a line whose end is not read yet
    is_endless = False
    damage: DamagedFileError | None = None
    try:
        for window in windows(chunks, size):
            unread = window
            if is_endless and b"\n" in unread:
                yield Block(begun + b"\n", line, 1, ENDLESS)
                line += 1
                begun, is_endless = b"", False
                unread = unread[unread.index(b"\n") + 1 :]
            end = unread.rfind(b"\n") + 1
            if end:
                count = unread.count(b"\n")
                yield Block(b"".join((begun, memoryview(unread)[:end])), line, count)
                line += count
                begun = b""
            if not is_endless:
                begun += unread[end:]
            if len(begun) > size:
                begun, is_endless = begun[:RAW_BYTES], True
    except DamagedFileError as error:
        damage = error
    if begun:
        fault = ENDLESS if is_endless else CUT_OFF if damage else None
        yield Block(begun + b"\n", line, 1, fault)
    if damage:
        raise damage


def windows(chunks: Iterable[bytes], size: int) -> Iterator[bytes]:
    """The stream in pieces of exactly `size` bytes, however it came; only the last is shorter."""
    pieces: list[bytes] = []
    gathered = 0
    try:
        for chunk in chunks:
            pieces.append(chunk)
            gathered += len(chunk)
            while gathered >= size:
                together = b"".join(pieces)
                yield together[:size]
                pieces, gathered = [together[size:]], gathered - size
    except DamagedFileError:
        yield b"".join(pieces)
        raise
    yield b"".join(pieces)
