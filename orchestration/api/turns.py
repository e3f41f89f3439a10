"""Turns of those that query the lake."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore, local

AT_ONCE = 2


class Turns:
    """So many threads at a time query the lake: more would starve those that answer from memory."""

    def __init__(self) -> None:
        self._free = BoundedSemaphore(AT_ONCE)
        self._mine = local()

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Wait for a turn; who has one may query within a query."""
        if getattr(self._mine, "taken", False):
            yield
            return
        with self._free:
            self._mine.taken = True
            try:
                yield
            finally:
                self._mine.taken = False
