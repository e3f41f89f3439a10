"""What a process keeps of a lake, as a connection: who comes every few seconds spares making it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from threading import Lock
from typing import Generic, TypeVar

from assets.lake.lake import Lake
from assets.lake.lock import LockTimeoutError

Thing = TypeVar("Thing")


class Kept(Generic[Thing]):
    """One thing a lake, for one user at a time: made on first use, and let go of after an error.

    The next user then gets a new one, with fresh credentials; so too where the lake's catalog has
    been made anew.
    """

    def __init__(self, make: Callable[[Lake], AbstractContextManager[Thing]]) -> None:
        self._make = make
        self._kept: dict[Lake, tuple[tuple[float, ...], ExitStack, Thing]] = {}
        self._in_use = Lock()

    @contextmanager
    def of(self, lake: Lake) -> Iterator[Thing]:
        """The thing of this process for a lake.

        Raises LockTimeoutError where another user holds it for longer than the settings allow a
        lock to be waited for.
        """
        if not self._in_use.acquire(timeout=lake.settings.lock_timeout_seconds):
            raise LockTimeoutError("what is kept of the lake is in use: a server may not answer")
        try:
            if lake in self._kept and self._kept[lake][0] != lake.identity:
                self.let_go(lake)
            if lake not in self._kept:
                with ExitStack() as stack:
                    thing = stack.enter_context(self._make(lake))
                    self._kept[lake] = lake.identity, stack.pop_all(), thing
            try:
                yield self._kept[lake][2]
            except BaseException:
                self.let_go(lake)
                raise
        finally:
            self._in_use.release()

    def let_go(self, lake: Lake) -> None:
        """Close what is kept of a lake, if anything is; nobody else may be using it."""
        if lake in self._kept:
            _, stack, _ = self._kept.pop(lake)
            stack.close()


connections = Kept(lambda lake: lake.connect(read_only=False, must_exist=True))
"""A connection to a lake that exists."""
