"""One open thing a lake and process, as a connection: who comes every few seconds opens none."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from threading import Lock
from typing import Generic, TypeVar

from assets.lake.lake import Lake
from assets.lake.lock import LockTimeoutError

Thing = TypeVar("Thing")


class PerLake(Generic[Thing]):
    """One thing a lake, for one user at a time: opened on first use, and closed after an error.

    The next user then gets a new one, with fresh credentials; so too where the lake's catalog has
    been made anew.
    """

    def __init__(self, make: Callable[[Lake], AbstractContextManager[Thing]]) -> None:
        self._make = make
        self._opened: dict[Lake, tuple[tuple[float, ...], ExitStack, Thing]] = {}
        self._in_use = Lock()

    @contextmanager
    def of(self, lake: Lake) -> Iterator[Thing]:
        """The thing of this process for a lake.

        Raises LockTimeoutError where another user has it for longer than the settings allow a
        lock to be waited for.
        """
        if not self._in_use.acquire(timeout=lake.settings.lock_timeout_seconds):
            raise LockTimeoutError(
                "another thread uses this process's connection to the lake: a server may not answer"
            )
        try:
            if lake in self._opened and self._opened[lake][0] != lake.identity:
                self.close(lake)
            if lake not in self._opened:
                with ExitStack() as stack:
                    thing = stack.enter_context(self._make(lake))
                    self._opened[lake] = lake.identity, stack.pop_all(), thing
            try:
                yield self._opened[lake][2]
            except BaseException:
                self.close(lake)
                raise
        finally:
            self._in_use.release()

    def close(self, lake: Lake) -> None:
        """Close what is open for a lake, if anything is; nobody else may be using it."""
        if lake in self._opened:
            _, stack, _ = self._opened.pop(lake)
            stack.close()


connections = PerLake(lambda lake: lake.connect(read_only=False, must_exist=True))
"""A connection to a lake that exists."""
