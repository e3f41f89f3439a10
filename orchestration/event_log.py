"""Dagster's events, many in one transaction of its SQLite files.

Dagster opens a file anew for each event, compiles the statement anew and commits: twenty
milliseconds of CPU, and a day has two hundred events.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dagster._core.storage.event_log.base import EventLogStorage
    from sqlalchemy import Connection


@contextmanager
def in_one_transaction(storage: "EventLogStorage") -> Iterator[None]:
    """Store the events of this block together, at its end, also where it ends by an error.

    A file is opened at its first event: while nothing is stored, nothing is locked. To be used
    where one thread stores events. A storage other than of SQLite files does as ever.
    """
    from dagster._core.storage.event_log.sqlite import sqlite_event_log
    from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
    from sqlalchemy import create_engine
    from sqlalchemy.pool import NullPool

    if not isinstance(storage, sqlite_event_log.SqliteEventLogStorage):
        yield
        return
    opened: dict[str, Connection] = {}

    def connection(shard: str) -> nullcontext["Connection"]:
        if shard not in opened:
            engine = create_engine(
                storage.conn_string_for_shard(shard),
                poolclass=NullPool,
                connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS},
            )
            opened[shard] = engine.connect()
            # else each event commits
            opened[shard].begin()
        return nullcontext(opened[shard])

    # of this object alone, in the place of its class's methods
    vars(storage).update(
        run_connection=connection,
        index_connection=lambda: connection(sqlite_event_log.INDEX_SHARD_NAME),
    )
    try:
        yield
    finally:
        for name in ("run_connection", "index_connection"):
            del vars(storage)[name]
        for one in opened.values():
            one.commit()
            one.close()
