"""The lake's write lock: without it this build of DuckLake loses and doubles rows silently."""

import fcntl
import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psycopg


log = logging.getLogger("tapewatch.lake")
# a longer wait is said
SILENT_SECONDS = 3.0


class LockTimeoutError(Exception):
    """Another writer locked the lake for longer than the settings allow."""


class CatalogError(Exception):
    """The catalog's PostgreSQL is unreachable or refuses; the message says where and the cure."""


@contextmanager
def file_lock(path: Path, timeout_seconds: float) -> Iterator[None]:
    """Acquire an exclusive lock on a file; the kernel frees it when the process dies."""
    path.parent.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    deadline, is_silent = began + timeout_seconds, True
    with path.open("a") as handle:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise LockTimeoutError(
                        f"another process has written to the lake for {timeout_seconds:.0f} s "
                        f"(lock file {path}); wait for it, end it, or raise "
                        "TAPEWATCH_LOCK_TIMEOUT_SECONDS"
                    ) from None
                if is_silent and time.monotonic() >= began + SILENT_SECONDS:
                    is_silent = False
                    log.warning(
                        "waiting for another process that writes to the lake, for up to %.0f s "
                        "(lock file %s)", timeout_seconds, path,
                    )  # fmt: skip
                time.sleep(0.02)
        yield


def is_locked(path: Path) -> bool:
    """Whether somebody, this process included, has a file's lock."""
    with path.open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


@contextmanager
def advisory_lock(
    catalog: str, tables: Iterable[str], *, shared: bool, timeout_seconds: float
) -> Iterator[None]:
    """Acquire PostgreSQL advisory locks, one per table, by name so that none can deadlock.

    Raises
    ------
    LockTimeoutError
        Another writer has one of the locks.
    CatalogError
        PostgreSQL cannot be reached or refuses.
    """
    with _connected(catalog) as connection:
        _lock(connection, sorted(set(tables)), shared, timeout_seconds)
        # the locks belong to this session and end with it
        yield


def _connected(catalog: str) -> "psycopg.Connection":
    import psycopg

    try:
        return psycopg.connect(catalog, autocommit=True)
    except psycopg.Error as error:
        reason = str(error)
    # outside of the handler: psycopg's chained error contains the address
    raise CatalogError(
        f"the catalog: {reason.strip()}; is PostgreSQL up and TAPEWATCH_CATALOG right?"
    )


def _lock(
    connection: "psycopg.Connection", tables: Sequence[str], shared: bool, timeout_seconds: float
) -> None:
    import psycopg

    function = "pg_advisory_lock_shared" if shared else "pg_advisory_lock"
    reason, table = "", ""
    try:
        connection.execute(f"set lock_timeout = {int(timeout_seconds * 1000)}".encode())
        for table in tables:
            connection.execute(
                f"select {function}(hashtextextended(%s, 0))".encode(), [f"tapewatch.{table}"]
            )
        return
    except psycopg.errors.LockNotAvailable:
        pass
    except psycopg.Error as error:
        reason = str(error)
    if reason:
        raise CatalogError(f"the catalog ended the wait for the lock of {table}: {reason.strip()}")
    raise LockTimeoutError(
        f"another process has written to {table} for {timeout_seconds:.0f} s; wait for it, end it, "
        "or raise TAPEWATCH_LOCK_TIMEOUT_SECONDS"
    )
