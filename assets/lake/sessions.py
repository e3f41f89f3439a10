"""One open resource per lake and process, so that frequent callers share one connection."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from threading import Lock
from typing import Generic, TypeVar

from assets.lake.lake import Lake
from assets.lake.lock import LockTimeoutError

Thing = TypeVar("Thing")


class PerLake(Generic[Thing]):
    """One resource per lake, for one user at a time: opened on first use, closed after an error.

    The next user then gets a new one, with fresh credentials; the same if the lake's catalog has
    been recreated.
    """

    def __init__(self, make: Callable[[Lake], AbstractContextManager[Thing]]) -> None:
        self._make = make
        self._opened: dict[Lake, tuple[tuple[float, ...], ExitStack, Thing]] = {}
        self._in_use = Lock()

    @contextmanager
    def of(self, lake: Lake) -> Iterator[Thing]:
        """This process's resource for a lake.

        Raises LockTimeoutError if another user has it for longer than the settings' lock timeout.
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
        """Close the lake's resource if it is open; nobody else may be using it."""
        if lake in self._opened:
            _, stack, _ = self._opened.pop(lake)
            stack.close()


connections = PerLake(lambda lake: lake.connect(read_only=False, must_exist=True))
"""A connection to a lake that exists."""
