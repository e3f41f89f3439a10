"""The batches of a member's partitions: first offset, messages, and when each is due."""

import time
from collections.abc import Iterable

from assets.landing.kafka.cadence import Cadence
from assets.landing.kafka.rows import Batch


class Batches:
    """At most two batches per partition: an open one, and before it a closed one, to be landed."""

    def __init__(self, topic: str, cadence: Cadence) -> None:
        self.topic = topic
        self.cadence = cadence
        self.next: dict[int, int] = {}
        """The offset after the last message of each of our partitions, in a batch or landed."""
        self.ends: dict[int, int] = {}
        """The end offset of each of our partitions when it was assigned."""
        self._unproven: set[int] = set()
        """Partitions without a message since they were assigned."""
        self._open: dict[int, Batch] = {}
        self._closed: dict[int, Batch] = {}
        """Batches whose object was attempted at least once: they no longer change."""

    def assign(self, partition: int, begin: int, end: int) -> None:
        """Add a partition that was assigned to us, to be read from an offset on."""
        self.next[partition], self.ends[partition] = begin, end
        self._unproven.add(partition)

    def forget(self, partitions: Iterable[int]) -> None:
        """Remove partitions that are no longer ours."""
        for partition in partitions:
            for offsets in (self.next, self.ends):
                offsets.pop(partition, None)
            self.pop(partition)
            self._unproven.discard(partition)

    def add(self, partition: int, offset: int, value: bytes | None, broker_ms: int) -> bool:
        """Put a message into its partition's batch; False if reading must begin again at `next`.

        Either the broker has nothing in between, or the message was read for an earlier assignment:
        reading again from the batch's first offset decides.
        """
        # no longer ours, or already in the batch
        if offset < self.next.get(partition, offset + 1):
            return True
        if offset > self.next[partition] and partition in self._unproven:
            self._unproven.remove(partition)
            return False
        self._unproven.discard(partition)
        if partition not in self._open:
            self._open[partition] = Batch(self.topic, partition, self.next[partition], time.time())
        self._open[partition].add(value, offset, broker_ms)
        self.next[partition] = offset + 1
        return True

    def close_due(self, now: float) -> None:
        """Close the batches that are due; `now` in seconds since 1970."""
        self._close(p for p, batch in self._open.items() if self.cadence.is_due(batch, now))

    def close_all(self) -> None:
        """Close every batch that has none of its partition before it."""
        self._close(self._open)

    def _close(self, partitions: Iterable[int]) -> None:
        for partition in list(partitions):
            if partition not in self._closed:
                self._closed[partition] = self._open.pop(partition)

    def closed(self) -> list[Batch]:
        """The closed batches, to be landed."""
        return list(self._closed.values())

    def all(self) -> list[Batch]:
        """The closed batches, to be landed, and the open ones."""
        return [*self._closed.values(), *self._open.values()]

    def landed(self, batch: Batch) -> None:
        """Drop a closed batch whose object exists now, written by us or by another member."""
        del self._closed[batch.partition]

    def begin_again(self, partition: int, offset: int) -> None:
        """Drop a partition's open batch: the next begins at an offset."""
        self._open.pop(partition, None)
        self.next[partition] = offset

    def pop(self, partition: int) -> list[Batch]:
        """Remove and return a partition's batches, by offset."""
        found = [batches.pop(partition, None) for batches in (self._closed, self._open)]
        return [batch for batch in found if batch is not None]

    def landed_until(self, partition: int) -> int:
        """The offset after the last landed message of one of our partitions."""
        batch = self._closed.get(partition) or self._open.get(partition)
        return batch.first if batch else self.next[partition]
