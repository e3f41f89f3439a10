"""A lake whose readers share one attachment, and whose small tables are in memory.

To attach takes longer than most answers, and a query of the lake longer than a page may.
"""

import logging
from collections.abc import Callable, Collection, Hashable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from threading import Event, Lock, RLock, Thread
from time import perf_counter
from typing import TypeVar

import duckdb
from duckdb import DuckDBPyConnection

from assets.cases.decision import Decision
from assets.cases.recording import link_after, with_later
from assets.lake.connection import one_thread
from assets.lake.lake import Lake
from assets.lake.snapshots import newest_snapshot
from orchestration.api.recent import TRADED, Recent, Silence, read_recent, readable
from orchestration.api.remembered import Memory
from orchestration.api.turns import Turns

ASKED_EVERY = 1.0
"""Seconds between two questions for the lake's snapshot."""
SILENT_AFTER = 5.0
"""Seconds without an answer from which on pages say so."""
SHARE = 4
"""After a copy, so many times as long passes before the next: a stream would fill a core."""
LONGEST_PAUSE = 10.0
Answer = TypeVar("Answer")
_log = logging.getLogger("tapewatch.service")


@dataclass
class _Attachment:
    stack: ExitStack = field(default_factory=ExitStack)
    connection: DuckDBPyConnection | None = None
    identity: tuple[float, ...] = ()


@dataclass
class _Watch:
    """What was read last, and the thread that asks whether there is more."""

    recent: Recent | None = None
    answered_at: datetime | None = None
    """When all was read last, UTC."""
    waiting_since: datetime | None = None
    """While the lake is asked for its snapshot: since when, UTC."""
    error: str = ""
    """Why the last copy failed; empty if it did not."""
    thread: Thread | None = None
    stopped: Event = field(default_factory=Event)
    copying: RLock = field(default_factory=RLock)
    """One reader at a time copies."""
    replacing: Lock = field(default_factory=Lock)


@dataclass(frozen=True)
class SharedLake(Lake):
    """Reads through cursors of one connection, each in a transaction: one answer, one snapshot.

    It is attached anew when the lake has been rebuilt, or after an error of the
    database; an answer that is refused costs no attachment.
    """

    _attachment: _Attachment = field(default_factory=_Attachment, compare=False, repr=False)
    _watch: _Watch = field(default_factory=_Watch, compare=False, repr=False)
    _turns: Turns = field(default_factory=Turns, compare=False, repr=False)
    _memory: Memory = field(default_factory=Memory, compare=False, repr=False)
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
        with self._turns.taken(), self._transaction() as connection:
            yield connection

    @property
    def is_watched(self) -> bool:
        """Whether the small tables are at hand, and another thread looks for later ones."""
        return self._watch.thread is not None and self._watch.recent is not None

    def recent(self) -> Recent:
        """The small tables, as of the last second while they are watched, else as of now.

        Before the lake has answered once its error is raised; later what it answered last stays.
        """
        watch = self._watch
        if not self.is_watched:
            self._ask()
        recent, answered_at = watch.recent, watch.answered_at
        if recent is None or answered_at is None:
            raise AssertionError("a copy that fails raises")
        # a copy may take longer, and so may the pause after it: neither is silence
        since = answered_at if watch.error else watch.waiting_since
        if since is None or (_now() - since).total_seconds() < SILENT_AFTER:
            return recent
        return replace(recent, silence=Silence(answered_at, watch.error))

    def once(
        self,
        key: Hashable,
        read: Callable[[Recent, DuckDBPyConnection], Answer],
        *,
        tables: Collection[str] = TRADED,
        seconds: float = 0.0,
    ) -> tuple[Recent, Answer | None]:
        """The small tables, and what `read` finds in them and the large ones, once a snapshot.

        `read` is given a connection to the tables of `COPIED` and to those it names, or to all of
        the lake.
        An answer of an earlier snapshot serves for so many `seconds`: under a stream each second
        has one of its own. None while the lake does not answer. `key` names what is read.
        """
        recent = self.recent()
        if recent.silence is not None:
            return recent, None
        if (found := self._memory.known(key, recent, seconds)) is not None:
            return recent, found.answer
        with self._memory.reading(key):
            recent = self.recent()
            if (found := self._memory.known(key, recent, seconds)) is not None:
                return recent, found.answer
            with self._turns.taken(), self._at_hand(tables) as (recent, connection):
                answer = read(recent, connection)
            self._memory.remember(key, answer, recent)
        return recent, answer

    @contextmanager
    def _at_hand(self, tables: Collection[str]) -> Iterator[tuple[Recent, DuckDBPyConnection]]:
        """The small tables and a connection of the same snapshot, to files where they have all."""
        recent = self.recent().with_large()
        if readable(recent.files).issuperset(recent.files.keys() & tables):
            with recent.connect() as connection:
                yield recent, connection
            return
        with self._transaction() as connection:
            yield self._copy(connection), connection

    def show(self, decision: Decision) -> None:
        """Let the next reader see what this process has just landed."""
        if (recent := self._watch.recent) is None:
            return
        last = link_after(recent.decisions)
        if (decision.number - 1, decision.previous_digest) == last:
            self._replace(replace(recent, decisions=(*recent.decisions, decision)))
        elif decision.number > last.number:
            # others have landed between
            self.read_decisions()

    def read_decisions(self) -> None:
        """Read what has landed since."""
        if (recent := self._watch.recent) is not None:
            self._replace(
                replace(recent, decisions=tuple(with_later(self.objects, recent.decisions)))
            )

    def watch(self) -> None:
        """Ask for the snapshot once a second from now on, in a thread of its own."""
        self._watch.stopped.clear()
        self._watch.thread = Thread(target=self._keep_asking, name="recent", daemon=True)
        self._watch.thread.start()

    def close(self) -> None:
        """Stop watching, and close the attachment; the next reader opens another."""
        self._watch.stopped.set()
        if self._watch.thread is not None:
            self._watch.thread.join()
            self._watch.thread = None
        self._detach()

    def _keep_asking(self) -> None:
        pause = 0.0
        while not self._watch.stopped.wait(pause):
            began = perf_counter()
            try:
                self._ask()
            # whatever it was: pages show it, and the next question may be answered
            except Exception as error:
                if str(error) != self._watch.error:
                    _log.warning("the lake does not answer", exc_info=True)
                self._watch.error = str(error)
            pause = min(max(ASKED_EVERY, SHARE * (perf_counter() - began)), LONGEST_PAUSE)

    def _ask(self) -> None:
        """Copy what has changed since the last copy."""
        recent = self._watch.recent
        self._watch.waiting_since = _now()
        # out of turn: that others wait is no silence
        with self._transaction() as connection:
            newest = newest_snapshot(self, connection)
            self._watch.waiting_since = None
            if recent is not None and newest < recent.snapshot:
                # a lake that was made anew counts from the beginning
                recent = self._watch.recent = None
            if (
                recent is not None
                and recent.copied_from == self.identity
                and recent.snapshot == newest
            ):
                self.read_decisions()
            else:
                self._copy(connection)
        self._watch.answered_at, self._watch.error = _now(), ""

    def _copy(self, connection: DuckDBPyConnection) -> Recent:
        """What a transaction sees of the small tables."""
        with self._watch.copying:
            return self._replace(read_recent(self, connection, self._watch.recent))

    def _replace(self, new: Recent) -> Recent:
        """Show what was read, unless another thread has shown later tables or decisions."""
        with self._watch.replacing:
            shown = self._watch.recent
            if shown is None or shown.copied_from != new.copied_from:
                self._watch.recent = new
                return new
            decisions = max(new.decisions, shown.decisions, key=len)
            later = new if new.snapshot >= shown.snapshot else shown
            self._watch.recent = replace(later, decisions=decisions)
            return replace(new, decisions=decisions)

    @contextmanager
    def _transaction(self) -> Iterator[DuckDBPyConnection]:
        cursor = self._cursor()
        try:
            cursor.execute("begin")
            yield cursor
            cursor.execute("rollback")
        except duckdb.Error:
            self._detach()
            raise
        finally:
            cursor.close()

    def _cursor(self) -> DuckDBPyConnection:
        with self._lock:
            one = self._attachment
            if one.connection is None or one.identity != self.identity:
                self._close()
                one.connection = one.stack.enter_context(Lake(self.settings).connect())
                # many ask at once, each for little: threads would wait for each other
                one_thread(one.connection)
                # the files of a lake never change
                one.connection.execute("set parquet_metadata_cache = true")
                one.identity = self.identity
            return one.connection.cursor()

    def _detach(self) -> None:
        with self._lock:
            self._close()

    def _close(self) -> None:
        self._attachment.stack.close()
        self._attachment.connection = None


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
