"""What a file is packed in, by its first bytes, and its content piece by piece.

Gzip and zip, of which cut-off files are read up to the cut, are in `containers.py`.
"""

import bz2
import codecs
import lzma
from collections.abc import Callable, Iterator
from typing import Protocol

import pyarrow as pa

PIECE_BYTES = 1 << 16
MAGIC = {b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"\x28\xb5\x2f\xfd": "zstd"}
ENCODINGS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class PackingError(Exception):
    """The packed data are cut off or damaged; the pieces before that point are good."""


def packing_of(start: bytes) -> str | None:
    """The name of what packs a file that starts like this; None for gzip, zip or nothing."""
    return next((name for magic, name in MAGIC.items() if start.startswith(magic)), None)


def unpacked(kind: str, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The content of a packed file; raises PackingError after the last good piece."""
    if kind == "zstd":
        yield from _zstd(chunks)
        return
    make: Callable[[], _Decompressor] = (
        bz2.BZ2Decompressor if kind == "bzip2" else lzma.LZMADecompressor
    )
    member = make()
    try:
        for chunk in chunks:
            pending = chunk
            while pending:
                if member.eof:
                    member = make()
                if data := member.decompress(pending):
                    yield data
                pending = member.unused_data if member.eof else b""
    except (OSError, lzma.LZMAError) as error:
        raise PackingError(f"the {kind} data are damaged ({error})") from None
    if not member.eof:
        raise PackingError(f"the {kind} data are cut off")


def _zstd(chunks: Iterator[bytes]) -> Iterator[bytes]:
    packed = pa.CompressedInputStream(pa.PythonFile(_Readable(chunks), mode="r"), "zstd")
    try:
        while data := packed.read(PIECE_BYTES):
            yield data
    except OSError as error:
        raise PackingError(f"the zstd data are cut off or damaged ({error})") from None


class _Readable:
    """The chunks as a file that can be read once."""

    closed = False

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = b""

    def read(self, size: int = -1) -> bytes:
        while size < 0 or len(self._rest) < size:
            chunk = next(self._chunks, b"")
            if not chunk:
                break
            self._rest += chunk
        data, self._rest = (self._rest, b"") if size < 0 else (self._rest[:size], self._rest[size:])
        return data

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self.closed = True


def as_utf8(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The same text in UTF-8, if the first bytes are the mark of UTF-16."""
    first = next(chunks, b"")
    encoding = next((name for mark, name in ENCODINGS.items() if first.startswith(mark)), None)
    if encoding is None:
        yield first
        yield from chunks
        return
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    yield decoder.decode(first).encode()
    for chunk in chunks:
        yield decoder.decode(chunk).encode()
    yield decoder.decode(b"", final=True).encode()
