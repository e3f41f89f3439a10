"""Dagster's events, many in one transaction of its SQLite files.

Dagster opens a file anew for each event, compiles the statement anew and commits: twenty
milliseconds of CPU, and a day has two hundred events.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dagster._core.storage.event_log.base import EventLogStorage
    from sqlalchemy import Connection, Engine


@contextmanager
def in_one_transaction(storage: "EventLogStorage") -> Iterator[None]:
    """Store the events of this block together, at its end, also where it ends by an error.

    A file is opened at its first event: while nothing is stored, nothing is locked. To be used
    where one thread stores events. A storage other than of SQLite files does as ever.
    """
    from dagster._core.storage.event_log.sqlite import sqlite_event_log

    if not isinstance(storage, sqlite_event_log.SqliteEventLogStorage):
        yield
        return
    opened: dict[str, Connection] = {}

    def connection(shard: str) -> nullcontext["Connection"]:
        if shard not in opened:
            opened[shard] = _engine(storage.conn_string_for_shard(shard)).connect()
            # else each event commits
            opened[shard].begin()
        return nullcontext(opened[shard])

    # of this object alone, in the place of its class's methods
    replaced = {
        "run_connection": connection,
        "index_connection": lambda: connection(sqlite_event_log.INDEX_SHARD_NAME),
        # asked for each check, over a connection of its own
        "has_table": cache(storage.has_table),
    }
    vars(storage).update(replaced)
    try:
        yield
    finally:
        for name in replaced:
            del vars(storage)[name]
        for one in opened.values():
            one.commit()
            one.close()


@lru_cache(maxsize=2)
def _engine(address: str) -> "Engine":
    """Opens a file; the statements that it has compiled serve the next stage too."""
    from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
    from sqlalchemy import create_engine
    from sqlalchemy.pool import NullPool

    timeout = {"timeout": SQLITE_BUSY_TIMEOUT_SECONDS}
    return create_engine(address, poolclass=NullPool, connect_args=timeout)
