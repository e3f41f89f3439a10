"""The lander: a member of a consumer group that lands partitions as objects, exactly once.

The store decides, not the group: an object's name is the offset after its predecessor, and it is
created exclusively. So a member that was killed or paused, or that wrongly believes that it still
owns a partition, can neither repeat nor skip a message; committed offsets are only hints.
"""

import logging
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

from botocore.exceptions import BotoCoreError, ClientError
from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

from assets.lake.objects.object_store import ObjectStore, ObjectStoreError
from assets.landing.kafka import StreamError
from assets.landing.kafka.batches import Batches
from assets.landing.kafka.broker import BrokerError
from assets.landing.kafka.cadence import Cadence
from assets.landing.kafka.dead_letters import DeadLetters
from assets.landing.kafka.objects import landed_object, next_offset
from assets.landing.kafka.progress import Progress
from assets.landing.kafka.registry import RegistryError, SchemaRegistry
from assets.landing.kafka.rows import Batch, landing, write_landing

log = logging.getLogger("tapewatch.land")

PASSING = (
    *(ObjectStoreError, BotoCoreError, ClientError, OSError),
    *(RegistryError, KafkaException, BrokerError),
)
"""Errors of a store, registry, broker or disk that may be temporary: the batch is retried."""

CONSUMED_AT_ONCE = 5_000
POLL_SECONDS = 0.1
LONGEST_WAIT_SECONDS = 5.0
BROKER_TIMEOUT_SECONDS = 10
STOP_SECONDS = 15
"""How long a stop waits for an unreachable store; what does not land then is read again."""


class TopicChangedError(StreamError):
    """The topic is not the one from which the objects in the store came."""


class Lander:
    """Lands a topic until it is stopped; `consumer` need not have subscribed yet."""

    def __init__(
        self,
        topic: str,
        consumer: Consumer,
        store: ObjectStore,
        registry: SchemaRegistry,
        dead_letters: DeadLetters,
        progress: Progress,
        cadence: Cadence,
        format: str = "auto",
        scratch: Path | None = None,
    ) -> None:
        self.topic = topic
        self.consumer = consumer
        self.store = store
        self.registry = registry
        self.dead_letters = dead_letters
        self.progress = progress
        self.format = format
        self.scratch = scratch
        self.stopping = Event()
        self.batches = Batches(topic, cadence)
        self._wait = 0.0
        self._try_at = 0.0
        self._paused = False

    def run(self, until: Callable[["Lander"], bool] = lambda _: False) -> None:
        """Land until `stopping` is set or `until` is true, then the open batches; leave the
        group."""
        self.consumer.subscribe(
            [self.topic], on_assign=self._assign, on_revoke=self._revoke, on_lost=self._lose
        )
        try:
            while not self.stopping.is_set() and not until(self):
                self._take(self.consumer.consume(CONSUMED_AT_ONCE, POLL_SECONDS))
                self._land_due()
                if self.progress.is_due():
                    self.progress.log_line(self._lag())
            self.stopping.set()
            self._land_rest()
        finally:
            # it may assign once more: see _assign
            self.stopping.set()
            self.consumer.close()

    def has_landed_to_the_end(self) -> bool:
        """Whether our partitions were read to the ends that they had when they were assigned."""
        ends = self.batches.ends
        return bool(ends) and all(self.batches.next[each] >= end for each, end in ends.items())

    def _lag(self) -> dict[int, int]:
        """Messages of our partitions that are at the broker but not yet in the store."""
        found: dict[int, int] = {}
        for partition in self.batches.next:
            place = TopicPartition(self.topic, partition)
            _, end = self.consumer.get_watermark_offsets(place, cached=True)
            found[partition] = max(end - self.batches.landed_until(partition), 0)
        return found

    def _take(self, messages: Sequence[Message]) -> None:
        """Add messages to the batches of their partitions."""
        restarted: set[int] = set()
        for message in messages:
            error = message.error()
            if error is not None:
                log.warning("broker: %s", error.str())
                continue
            partition, offset = message.partition() or 0, message.offset() or 0
            if partition in restarted:
                continue
            if not self.batches.add(partition, offset, message.value(), message.timestamp()[1]):
                restarted.add(partition)
                self._read_from(partition, self.batches.next[partition])

    def _land_due(self) -> None:
        if time.monotonic() < self._try_at:
            return
        self.batches.close_due(time.time())
        for batch in self.batches.closed():
            try:
                if not self._land(batch):
                    self._go_on_behind(batch)
            except PASSING as error:
                self._stumble(error)
                return
            self.batches.landed(batch)
        # also if another member has taken over what could not be written
        self._recover()

    def _land(self, batch: Batch) -> bool:
        """Write a batch as an object; False if another member wrote one with this first offset."""
        landed = landing(batch, self.registry, datetime.now(UTC), self.format)
        # before the object: after it nobody would read the batch again if this process died
        if landed.bad:
            self.dead_letters.send(batch, landed.bad)
        with tempfile.TemporaryDirectory(prefix="landing-", dir=self.scratch) as folder:
            path = Path(folder) / "object.parquet"
            write_landing(path, landed)
            is_first = self.store.put_new(batch.key, path, landed.metadata)
        if not is_first and landed_object(self.store, batch.key).batch_id != batch.batch_id:
            return False
        place = TopicPartition(
            self.topic, batch.partition, batch.last + 1, metadata=str(batch.first)
        )
        self.consumer.commit(offsets=[place], asynchronous=True)
        self.progress.landed(len(batch.offsets), len(landed.bad))
        return True

    def _go_on_behind(self, batch: Batch) -> None:
        """Drop what another member landed before us, and continue after it."""
        partition = batch.partition
        log.warning("partition %d: another member landed offset %d", partition, batch.first)
        begin = next_offset(self.store, self.topic, partition, batch.first)
        self.batches.begin_again(partition, begin)
        self._read_from(partition, begin)

    def _read_from(self, partition: int, offset: int) -> None:
        # no seek: messages fetched before it could still be delivered
        place = TopicPartition(self.topic, partition, offset)
        self.consumer.incremental_unassign([place])
        self.consumer.incremental_assign([place])
        self.consumer.resume([place])

    def _stumble(self, error: Exception) -> None:
        self._wait = min(max(2 * self._wait, 0.1), LONGEST_WAIT_SECONDS)
        self._try_at = time.monotonic() + self._wait
        self.progress.stumbled()
        log.error("nothing is lost, trying again in %.1f s: %s", self._wait, error)
        if not self._paused and self.batches.next:
            # meanwhile messages stay at the broker, not in memory
            self.consumer.pause(self._places())
            self._paused = True

    def _recover(self) -> None:
        self._wait = 0.0
        if self._paused:
            self.consumer.resume(self._places())
            self._paused = False

    def _places(self) -> list[TopicPartition]:
        return [TopicPartition(self.topic, partition) for partition in self.batches.next]

    def _land_rest(self) -> None:
        deadline = time.monotonic() + STOP_SECONDS
        while self.batches.all() and time.monotonic() < deadline:
            self.batches.close_all()
            self._land_due()
            time.sleep(POLL_SECONDS if self._wait else 0)
        for batch in self.batches.all():
            log.error("left for the next start: partition %d from %d", batch.partition, batch.first)

    # --- what the group decides ---

    def _assign(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        # close() may assign once more; a query to the broker would then never return
        if self.stopping.is_set():
            return
        places = [TopicPartition(self.topic, each.partition) for each in partitions]
        for place in places:
            found = self._bounds(consumer, place)
            if found is None:
                return
            place.offset, end = found
            self.batches.assign(place.partition, place.offset, end)
        consumer.incremental_assign(places)
        # a pause outlives its assignment
        consumer.resume(places)
        log.info("assigned %s", {place.partition: place.offset for place in places})

    def _bounds(self, consumer: Consumer, place: TopicPartition) -> tuple[int, int] | None:
        """The offset to continue at, after the last object, and the partition's end offset.

        Waits for the store; None if stopped.
        """
        while not self.stopping.wait(self._wait):
            try:
                found = self._behind_last(consumer, place)
            except PASSING as error:
                self._stumble(error)
                continue
            self._recover()
            return found
        return None

    def _behind_last(self, consumer: Consumer, place: TopicPartition) -> tuple[int, int]:
        (committed,) = consumer.committed([place], timeout=BROKER_TIMEOUT_SECONDS)
        metadata = committed.metadata or ""
        hint = int(metadata) if metadata.isdigit() else None
        begin = next_offset(self.store, self.topic, place.partition, hint)
        low, high = consumer.get_watermark_offsets(place, timeout=BROKER_TIMEOUT_SECONDS)
        if begin > high:
            raise TopicChangedError(
                f"{self.topic}[{place.partition}] ends at offset {high}, but the store has landed "
                f"up to {begin - 1}: the topic was recreated; give it another name"
            )
        if 0 < begin < low:
            self.progress.missed(low - begin)
            log.error(
                "partition %d: the broker deleted the offsets %d to %d before they landed; "
                "lengthen the topic's retention",
                *(place.partition, begin, low - 1),
            )
        return begin, high

    def _revoke(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        """Land the batches of the revoked partitions, if that works at the first attempt."""
        going = {each.partition for each in partitions}
        for partition in going:
            for batch in self.batches.pop(partition):
                try:
                    if not self._land(batch):
                        break
                except PASSING as error:
                    log.error("left to the next owner: partition %d: %s", partition, error)
                    break
        self.batches.forget(going)
        consumer.incremental_unassign(partitions)
        log.info("revoked %s", sorted(going))

    def _lose(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        """Other members own the partitions already: drop their batches."""
        self.batches.forget({each.partition for each in partitions})
        consumer.incremental_unassign(partitions)
        log.warning("lost %s", sorted(each.partition for each in partitions))
