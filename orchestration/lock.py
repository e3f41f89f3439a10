"""The lake's write lock: without it this build of DuckLake loses and doubles rows silently."""

import fcntl
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path


class LockTimeoutError(Exception):
    """Another writer held the lake for longer than the settings allow."""


@contextmanager
def file_lock(path: Path, timeout_seconds: float) -> Iterator[None]:
    """Hold an exclusive lock on a file; the kernel frees it when the process dies."""
    path.parent.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + timeout_seconds
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
                time.sleep(0.02)
        yield


@contextmanager
def advisory_lock(
    catalog: str, tables: Iterable[str], *, shared: bool, timeout_seconds: float
) -> Iterator[None]:
    """Hold PostgreSQL advisory locks, one a table, in name order so that none can deadlock."""
    import psycopg

    function = "pg_advisory_lock_shared" if shared else "pg_advisory_lock"
    with psycopg.connect(catalog, autocommit=True) as connection:
        connection.execute(f"set lock_timeout = {int(timeout_seconds * 1000)}".encode())
        for table in sorted(set(tables)):
            try:
                connection.execute(
                    f"select {function}(hashtextextended(%s, 0))".encode(), [f"tapewatch.{table}"]
                )
            except psycopg.errors.LockNotAvailable:
                raise LockTimeoutError(
                    f"another process has written to {table} for {timeout_seconds:.0f} s; wait for "
                    "it, end it, or raise TAPEWATCH_LOCK_TIMEOUT_SECONDS"
                ) from None
        # the locks belong to this session and go with it
        yield
