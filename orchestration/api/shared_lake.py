"""A lake whose readers share one attachment: attaching takes longer than most answers."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from threading import Lock

import duckdb
from duckdb import DuckDBPyConnection

from assets.lake.lake import Lake


@dataclass
class _Attachment:
    stack: ExitStack = field(default_factory=ExitStack)
    connection: DuckDBPyConnection | None = None
    identity: tuple[float, ...] = ()


@dataclass(frozen=True)
class SharedLake(Lake):
    """Reads through cursors of one connection, each in a transaction: one answer, one snapshot.

    It is attached anew when the lake has been rebuilt, or after an error of the
    database; an answer that is refused costs no attachment.
    """

    _attachment: _Attachment = field(default_factory=_Attachment, compare=False, repr=False)
    _lock: Lock = field(default_factory=Lock, compare=False, repr=False)

    @contextmanager
    def connect(
        self, *, read_only: bool = True, must_exist: bool = False, snapshot: int | None = None
    ) -> Iterator[DuckDBPyConnection]:
        """As `Lake.connect`; what writes, or reads an earlier snapshot, has its own connection."""
        if not read_only or snapshot is not None:
            with super().connect(
                read_only=read_only, must_exist=must_exist, snapshot=snapshot
            ) as own:
                yield own
            return
        cursor = self._cursor()
        try:
            cursor.execute("begin")
            yield cursor
            cursor.execute("rollback")
        except duckdb.Error:
            self.close()
            raise
        finally:
            cursor.close()

    def close(self) -> None:
        """Close the attachment; the next reader opens another."""
        with self._lock:
            self._close()

    def _cursor(self) -> DuckDBPyConnection:
        with self._lock:
            one = self._attachment
            if one.connection is None or one.identity != self.identity:
                self._close()
                one.connection = one.stack.enter_context(Lake(self.settings).connect())
                one.identity = self.identity
            return one.connection.cursor()

    def _close(self) -> None:
        self._attachment.stack.close()
        self._attachment.connection = None
