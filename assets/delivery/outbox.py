"""What waits to be sent and what has been sent, by route: one SQLite file in the home.

Not a table of the lake: a failed run must go out when the lake is what failed, and a rebuilt lake
must not send again what people have read. An event is added with the cursor behind it in one
transaction, and marked as sent after the sending: a process that dies in between sends it again,
under the same key.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import astuple, dataclass, fields
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from assets.delivery.events import Event
from assets.lake.settings import Settings

FILE = "deliveries.sqlite"
State = Literal["waiting", "sent", "listed"]
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One event on its way to one route, in the order of the file's columns; times are UTC."""

    key: str
    route: str
    kind: str
    severity: str | None
    title: str
    text: str
    link: str
    state: State
    """`listed` is in the list of a message about many events."""
    attempts: int
    """How often it was sent or should have been."""
    error: str | None
    """Why the last attempt failed."""
    found_at: str
    due_at: str
    """When it is tried next."""
    sent_at: str | None


NAMES = tuple(field.name for field in fields(Delivery))
TABLES = f"""
create table if not exists deliveries ({", ".join(NAMES)}, primary key (key, route));
create index if not exists due on deliveries (state, route, due_at);
create table if not exists cursors (source text primary key, cursor text not null);
"""


@dataclass(frozen=True)
class Outbox:
    """The file; it is made when there is a first event."""

    path: Path

    @classmethod
    def of(cls, settings: Settings) -> "Outbox":
        return cls(settings.root / FILE)

    def cursor(self, source: str) -> str | None:
        """How far a source has been read; None before its first look."""
        with self._opened() as connection:
            found = connection.execute("select cursor from cursors where source = ?", (source,))
            row = found.fetchone()
        return row[0] if row else None

    def add(self, source: str, cursor: str, found: Iterable[Delivery]) -> int:
        """Add what a source has found, and the cursor behind it; how many are new to a route."""
        places = ", ".join("?" * len(NAMES))
        with self._opened() as connection, connection:
            added = connection.executemany(
                f"insert or ignore into deliveries values ({places})",
                [astuple(one) for one in found],
            ).rowcount
            connection.execute("insert or replace into cursors values (?, ?)", (source, cursor))
        return max(0, added)

    def unknown(self, route: str, events: Sequence[Event]) -> list[Event]:
        """The events, each once, that were never added for a route."""
        with self._opened() as connection:
            found = connection.execute("select key from deliveries where route = ?", (route,))
            known = {key for (key,) in found}
        first: dict[str, Event] = {}
        for event in events:
            first.setdefault(event.key, event)
        return [event for key, event in first.items() if key not in known]

    def due(self, route: str, now: datetime, limit: int) -> list[Delivery]:
        """What waits for a route and is due: what failed least often first, then the oldest."""
        return self._select(
            "state = 'waiting' and route = ? and due_at <= ? "
            "order by attempts, found_at, rowid limit ?",
            (route, written(now), limit),
        )

    def latest(self, limit: int) -> list[Delivery]:
        """What waits, then what was sent, the newest first."""
        return self._select(
            "true order by state <> 'waiting', coalesce(sent_at, found_at) desc, rowid desc "
            "limit ?",
            (limit,),
        )

    def failing(self) -> list[Delivery]:
        """What has been tried and still waits."""
        return self._select("state = 'waiting' and attempts > 0 order by found_at, rowid")

    def unrouted(self, routes: Iterable[str]) -> list[Delivery]:
        """What waits for a route that is no longer listed."""
        names = list(routes)
        places = ", ".join("?" * len(names))
        return self._select(f"state = 'waiting' and route not in ({places})", tuple(names))

    def record_sent(self, sent: Delivery, now: datetime) -> None:
        self._record(sent, "state = 'sent', sent_at = ?, error = null", (written(now),))

    def record_failure(self, failed: Delivery, why: str, now: datetime) -> None:
        """The next attempt waits twice as long as the one before it, an hour at most."""
        wait = min(FIRST_WAIT * 2 ** min(failed.attempts, 16), LONGEST_WAIT)
        self._record(failed, "error = ?, due_at = ?", (why, written(now + wait)))

    def _record(self, one: Delivery, change: str, values: tuple[str, ...]) -> None:
        with self._opened() as connection, connection:
            connection.execute(
                f"update deliveries set attempts = attempts + 1, {change} "
                "where key = ? and route = ?",
                (*values, one.key, one.route),
            )

    def _select(self, which: str, values: tuple[str | int, ...] = ()) -> list[Delivery]:
        if not self.path.exists():
            return []
        with self._opened() as connection:
            found = connection.execute(
                f"select {', '.join(NAMES)} from deliveries where {which}", values
            ).fetchall()
        return [Delivery(**dict(zip(NAMES, row, strict=True))) for row in found]

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # who is named in a message is nobody else's business
        self.path.touch(mode=0o600)
        with closing(sqlite3.connect(self.path, timeout=60)) as connection:
            connection.executescript(TABLES)
            yield connection


def delivery_of(event: Event, route: str, now: datetime, state: State = "waiting") -> Delivery:
    """An event that has just been found, for a route."""
    return Delivery(
        key=event.key,
        route=route,
        kind=event.kind,
        severity=event.severity,
        title=event.title,
        text=event.text,
        link=event.link,
        state=state,
        attempts=0,
        error=None,
        found_at=written(now),
        due_at=written(now),
        sent_at=None,
    )


def written(instant: datetime) -> str:
    """A UTC time as the file holds it: in the order of time, to the microsecond."""
    return instant.isoformat(" ", "microseconds")
