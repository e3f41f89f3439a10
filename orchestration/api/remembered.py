"""Answers from the large tables, each read by one reader while whoever else asks waits for it."""

from collections import OrderedDict
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from time import monotonic
from typing import Any

from orchestration.api.recent import Recent

MOST = 512
"""Answers; the one that came first goes first."""


@dataclass(frozen=True)
class Remembered:
    """An answer, and which lake, snapshot and time it is of."""

    answer: Any
    copied_from: tuple[float, ...]
    snapshot: int
    read_at: float

    def serves(self, recent: Recent, seconds: float) -> bool:
        """Whether it is of the snapshot, or at most so many seconds old."""
        if self.copied_from != recent.copied_from:
            return False
        return self.snapshot == recent.snapshot or monotonic() - self.read_at < seconds


class Memory:
    """The answers of one lake by their keys."""

    def __init__(self) -> None:
        self._answers: OrderedDict[Hashable, Remembered] = OrderedDict()
        self._readers: dict[Hashable, tuple[Lock, int]] = {}
        self._lock = Lock()

    def known(self, key: Hashable, recent: Recent, seconds: float) -> Remembered | None:
        """The answer, where one serves."""
        found = self._answers.get(key)
        return found if found is not None and found.serves(recent, seconds) else None

    def remember(self, key: Hashable, answer: Any, recent: Recent) -> None:
        """Store what was read with the small tables of the same snapshot."""
        with self._lock:
            self._answers.pop(key, None)
            self._answers[key] = Remembered(
                answer, recent.copied_from, recent.snapshot, monotonic()
            )
            while len(self._answers) > MOST:
                self._answers.popitem(last=False)

    @contextmanager
    def reading(self, key: Hashable) -> Iterator[None]:
        """One reader of a key at a time: the next ones find its answer."""
        with self._lock:
            lock, waiting = self._readers.get(key, (Lock(), 0))
            self._readers[key] = lock, waiting + 1
        try:
            with lock:
                yield
        finally:
            with self._lock:
                _, waiting = self._readers[key]
                if waiting == 1:
                    del self._readers[key]
                else:
                    self._readers[key] = lock, waiting - 1
