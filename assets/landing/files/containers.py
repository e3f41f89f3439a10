"""Read a file, packed or not; of a damaged one, all bytes before the damage."""

import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Self

from stream_unzip import UnzipError, stream_unzip

from assets.landing.files.compression import PackingError, as_utf8, packing_of, unpacked
from assets.landing.files.report import LandingError

READ_BYTES = 1 << 20
INFLATE_BYTES = 1 << 16
"""Bytes read and inflated at once: at most this many are lost before damaged bytes."""
TABLES = (".csv", ".txt", ".tsv")
FETCH_AGAIN = "fetch the file again, then land it too: what has landed already is not doubled"


class DamagedFileError(Exception):
    """The data are cut off or damaged; all bytes before that point are good."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.cure = FETCH_AGAIN
        super().__init__(what)


@dataclass
class Container:
    """A file opened for reading once, from its first byte to its last."""

    path: Path
    kind: str
    file: BinaryIO
    member: str | None = None
    """The name of the table inside a zip, set once its first bytes were read."""
    ignored: list[str] = field(default_factory=list)
    """Further tables inside a zip, which were not read."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    @property
    def bytes_read(self) -> int:
        return self.file.tell()

    def chunks(self) -> Iterator[bytes]:
        """The content, piece by piece; raises DamagedFileError after the last good piece.

        Text in UTF-16 comes in UTF-8.
        """
        match self.kind:
            case "zip":
                content = self._unzipped()
            case "gzip":
                content = self._gunzipped()
            case "plain":
                content = self._raw()
            case _:
                content = self._unpacked()
        return as_utf8(content)

    def _raw(self, size: int = READ_BYTES) -> Iterator[bytes]:
        while chunk := self._read(size):
            yield chunk

    def _read(self, size: int) -> bytes:
        try:
            return self.file.read(size)
        except OSError as error:
            # of the file, not of the store, whose errors stop all files
            raise DamagedFileError(f"the disk cannot read on ({error.strerror})") from None

    def _gunzipped(self) -> Iterator[bytes]:
        # by hand, because the standard reader drops the bytes that it read before the cut
        member = zlib.decompressobj(wbits=31)
        try:
            for chunk in self._raw(INFLATE_BYTES):
                pending = chunk
                while pending:
                    if member.eof:
                        if not pending.strip(b"\0"):
                            break  # padding after the last member
                        member = zlib.decompressobj(wbits=31)
                    if data := member.decompress(pending, INFLATE_BYTES):
                        yield data
                    pending = member.unused_data if member.eof else member.unconsumed_tail
        except zlib.error as error:
            raise DamagedFileError(f"the gzip data are damaged ({error})") from None
        if data := member.flush():
            yield data
        if not member.eof:
            raise DamagedFileError("the gzip data are cut off")

    def _unpacked(self) -> Iterator[bytes]:
        try:
            yield from unpacked(self.kind, self._raw(INFLATE_BYTES))
        except PackingError as error:
            raise DamagedFileError(str(error)) from None

    def _unzipped(self) -> Iterator[bytes]:
        try:
            for name, _, chunks in stream_unzip(self._raw(INFLATE_BYTES), chunk_size=INFLATE_BYTES):
                is_wanted = self._wants(name.decode(errors="replace"))
                for chunk in chunks:
                    if is_wanted:
                        yield chunk
        except UnzipError as error:
            reason = type(error).__name__.removesuffix("Error")
            raise DamagedFileError(f"the zip data are cut off or damaged ({reason})") from None

    def _wants(self, member: str) -> bool:
        if not member.lower().endswith(TABLES):
            return False
        if self.member is None:
            self.member = member
            return True
        self.ignored.append(member)
        return False


def open_container(path: Path) -> Container:
    """Open a file; its first bytes say whether it is packed, a Parquet file or plain."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        raise LandingError(path, None, "there is no such file", "check the path") from None
    except PermissionError:
        raise LandingError(path, None, "may not be read", "grant the permission to read") from None
    except OSError as error:
        what = f"cannot be read ({error.strerror})"
        raise LandingError(path, None, what, "check the path") from None
    start = file.read(6)
    file.seek(0)
    if not start:
        file.close()
        raise LandingError(path, 1, "the file is empty", "fetch it again")
    # the second is a zip without a member
    kinds = {b"PK\x03\x04": "zip", b"PK\x05\x06": "zip", b"PAR1": "parquet"}
    kind = kinds.get(start[:4]) or packing_of(start)
    kind = kind or ("gzip" if start[:2] == b"\x1f\x8b" else "plain")
    return Container(path, kind, file)


def content_digest(path: Path, salt: str = "") -> str:
    """16 hex digits: a hash of the file's bytes and a salt.

    The salt is what the rows take from the file's name (a symbol): the same bytes under another
    symbol are different rows.
    """
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    if salt:
        digest.update(b"\0" + salt.encode())
    return digest.hexdigest()[:16]
