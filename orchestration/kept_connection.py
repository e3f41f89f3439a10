"""A connection to the lake that a process keeps: who looks every few seconds spares opening it."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from threading import Lock

from duckdb import DuckDBPyConnection

from orchestration.lake import Lake
from orchestration.lock import LockTimeoutError

_kept: dict[Lake, tuple[tuple[float, ...], ExitStack, DuckDBPyConnection]] = {}
_in_use = Lock()


@contextmanager
def kept_connection(lake: Lake) -> Iterator[DuckDBPyConnection]:
    """The connection of this process to a lake that exists, for one user at a time.

    After an error the next user gets a new one, with fresh credentials. Raises LockTimeoutError
    where another user holds it for longer than the settings allow a lock to be waited for.
    """
    if not _in_use.acquire(timeout=lake.settings.lock_timeout_seconds):
        raise LockTimeoutError("the connection to the lake is in use: a server may not answer")
    try:
        if lake in _kept and _kept[lake][0] != lake.identity:
            _let_go(lake)
        if lake not in _kept:
            with ExitStack() as stack:
                connection = stack.enter_context(lake.connect(read_only=False, must_exist=True))
                _kept[lake] = lake.identity, stack.pop_all(), connection
        try:
            yield _kept[lake][2]
        except BaseException:
            _let_go(lake)
            raise
    finally:
        _in_use.release()


def _let_go(lake: Lake) -> None:
    _, stack, _ = _kept.pop(lake)
    stack.close()
