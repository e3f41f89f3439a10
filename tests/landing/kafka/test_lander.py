"""The lander alone, with a consumer that plays back: what it keeps, drops and reads again.

What a broker does stands in test_exactly_once; here is what cannot be brought about there at will.
"""

import errno
import time
from collections import deque
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assets.lake.objects.object_store import LocalObjectStore, ObjectStoreError
from assets.landing.kafka.cadence import Cadence
from assets.landing.kafka.lander import Lander, TopicChangedError
from assets.landing.kafka.objects import kafka_objects, object_key
from assets.landing.kafka.progress import Progress
from assets.landing.kafka.rows import Batch
from assets.landing.messages import encode_json

TOPIC = "trades"


class PlayedMessage:
    def __init__(self, partition: int, offset: int, value: bytes | None) -> None:
        self._place, self._value = (partition, offset), value

    def error(self):
        return None

    def partition(self):
        return self._place[0]

    def offset(self):
        return self._place[1]

    def value(self):
        return self._value

    def timestamp(self):
        return (1, 1_748_779_200_000 + self._place[1])


class PlayedConsumer:
    """Gives the messages of a log from where it is told to read, and what a test slips in."""

    def __init__(self, log: dict[int, list[bytes | None]], low: int = 0) -> None:
        self.log, self.low = log, low
        self.position: dict[int, int] = {}
        self.paused: set[int] = set()
        self.slipped_in: deque[list[PlayedMessage]] = deque()
        self.committed_to: dict[int, tuple[int, str]] = {}
        self.pauses = 0

    def subscribe(self, topics, on_assign, on_revoke, on_lost):
        self.on_assign, self.on_revoke, self.on_lost = on_assign, on_revoke, on_lost
        self.is_assigned = False

    def consume(self, count, timeout):
        from confluent_kafka import TopicPartition

        if not self.is_assigned:
            self.is_assigned = True
            self.on_assign(self, [TopicPartition(TOPIC, partition) for partition in self.log])
        if self.slipped_in:
            return self.slipped_in.popleft()
        found = []
        for partition, position in self.position.items():
            if partition not in self.paused:
                start = max(position, self.low)
                values = self.log[partition][start : start + 20]
                found += [
                    PlayedMessage(partition, start + n, value) for n, value in enumerate(values)
                ]
                self.position[partition] = start + len(values)
        if not found:
            time.sleep(0.01)
        return found

    def incremental_assign(self, places):
        self.position |= {place.partition: place.offset for place in places}

    def incremental_unassign(self, places):
        for place in places:
            del self.position[place.partition]

    def committed(self, places, timeout):
        from confluent_kafka import TopicPartition

        (place,) = places
        offset, said = self.committed_to.get(place.partition, (-1001, ""))
        return [TopicPartition(TOPIC, place.partition, offset, metadata=said)]

    def get_watermark_offsets(self, place, timeout=None, cached=False):
        return self.low, len(self.log[place.partition])

    def commit(self, offsets, asynchronous):
        for place in offsets:
            self.committed_to[place.partition] = (place.offset, place.metadata)

    def pause(self, places):
        self.pauses += 1
        self.paused |= {place.partition for place in places}

    def resume(self, places):
        self.paused -= {place.partition for place in places}

    def close(self):
        """Nothing is held."""


class KeptLetters:
    def __init__(self) -> None:
        self.sent: list[tuple[int, int, str]] = []

    def send(self, batch, bad):
        self.sent += [
            (batch.partition, batch.offsets[place], reason) for place, reason in bad.items()
        ]


@pytest.fixture
def log(trade) -> dict[int, list[bytes | None]]:
    """A hundred good messages in each of two partitions."""
    return {
        partition: [encode_json(trade(trade_id=f"{partition}-{n}")) for n in range(100)]
        for partition in range(2)
    }


@pytest.fixture
def lander_of(store, registry, tmp_path):
    """A lander of a played consumer; it is quick to try again and writes small objects."""

    def made(consumer: PlayedConsumer, in_store=store) -> Lander:
        return Lander(
            TOPIC,
            consumer,  # pyright: ignore[reportArgumentType]
            in_store,
            registry,
            KeptLetters(),  # pyright: ignore[reportArgumentType]
            Progress(TOPIC),
            Cadence(seconds=1e-6, rows=25),
            scratch=tmp_path,
        )

    return made


def landed(store: LocalObjectStore) -> list[tuple[int, int]]:
    tables = [
        pq.read_table(store.root / one.key, partitioning=None)
        for one in kafka_objects(store, TOPIC, {})
    ]
    rows = pa.concat_tables(tables)
    return list(zip(rows["partition"].to_pylist(), rows["offset"].to_pylist(), strict=True))


def everything(log) -> list[tuple[int, int]]:
    return [(partition, n) for partition, values in log.items() for n in range(len(values))]


def test_all_messages_land_once_and_bad_ones_are_sent_on(lander_of, log, store):
    log[1][7] = b"{"
    lander = lander_of(PlayedConsumer(log))
    lander.run(Lander.has_landed_to_the_end)
    assert landed(store) == everything(log)
    assert [letter[:2] for letter in lander.dead_letters.sent] == [(1, 7)]
    assert (lander.progress.good, lander.progress.bad) == (199, 1)


def test_partitions_land_at_the_same_instants_whenever_their_batches_began():
    cadence = Cadence(seconds=2.5, rows=3)
    early, late = Batch("trades", 0, 0, 1001.0), Batch("trades", 1, 0, 1002.4)
    for batch in (early, late):
        batch.add(b"{}", 0, 0)
        assert not cadence.is_due(batch, 1002.49)
        assert cadence.is_due(batch, 1002.5)
        # a clock that was set back holds nothing for longer
        assert cadence.is_due(batch, 990.0)
    for offset in (1, 2):
        late.add(b"{}", offset, 0)
    assert cadence.is_due(late, 1002.41)


@pytest.mark.path
@pytest.mark.slow
@pytest.mark.parametrize(
    "error",
    [OSError(errno.ENOSPC, "No space left on device"), ObjectStoreError("cannot reach bucket")],
)
@pytest.mark.parametrize("is_written", [False, True], ids=["nothing written", "answer lost"])
def test_a_store_that_fails_now_and_then_costs_nothing_but_time(
    lander_of, log, tmp_path, error, is_written
):
    class Failing(LocalObjectStore):
        calls = 0

        def put_new(self, key: str, source: Path, metadata=None) -> bool:
            self.calls += 1
            if self.calls % 3 == 0:
                return super().put_new(key, source, metadata)
            if is_written:
                super().put_new(key, source, metadata)
            raise error

    store = Failing(tmp_path / "objects")
    consumer = PlayedConsumer(log)
    lander = lander_of(consumer, store)
    lander.run(Lander.has_landed_to_the_end)
    assert landed(store) == everything(log)
    # meanwhile nothing heaps up in memory
    assert consumer.pauses
    assert not consumer.paused


def test_what_another_member_landed_is_dropped_and_read_on_behind(lander_of, log, store):
    ours = PlayedConsumer(log)
    lander = lander_of(ours)
    put, other = store.put_new, lander_of(PlayedConsumer({0: log[0][:35], 1: log[1][:35]}))

    def overtaken(key, source, metadata=None):
        # the other lands 35 of each before our first object stands
        store.put_new = put
        other.run(Lander.has_landed_to_the_end)
        return put(key, source, metadata)

    store.put_new = overtaken
    lander.run(Lander.has_landed_to_the_end)
    assert landed(store) == everything(log)
    assert object_key(TOPIC, 0, 35) in {one.key for one in kafka_objects(store, TOPIC, {})}


def test_messages_that_were_fetched_for_an_assignment_before_are_no_gap(lander_of, log, store):
    consumer = PlayedConsumer(log)
    consumer.slipped_in.append([PlayedMessage(0, n, log[0][n]) for n in range(40, 50)])
    lander_of(consumer).run(Lander.has_landed_to_the_end)
    assert landed(store) == everything(log)


def test_a_member_that_lost_its_partitions_in_an_outage_reads_on_when_it_has_them_again(
    lander_of, log, tmp_path
):
    from confluent_kafka import TopicPartition

    consumer = PlayedConsumer(log)

    class Down(LocalObjectStore):
        is_down = True

        def put_new(self, key: str, source: Path, metadata=None) -> bool:
            if self.is_down:
                raise ObjectStoreError("cannot reach bucket")
            return super().put_new(key, source, metadata)

    store = Down(tmp_path / "objects")

    def loses_them(lander: Lander) -> bool:
        if consumer.paused and store.is_down:
            consumer.on_lost(consumer, [TopicPartition(TOPIC, partition) for partition in log])
            store.is_down = consumer.is_assigned = False
        return lander.has_landed_to_the_end() and not store.is_down

    lander_of(consumer, store).run(loses_them)
    assert landed(store) == everything(log)


def test_what_the_broker_deleted_before_it_landed_is_said(lander_of, log, store, caplog):
    consumer = PlayedConsumer(log)
    lander = lander_of(consumer)
    lander.run(lambda lander: len(store.list("landing/")) > 3)
    end = {one.partition: one.last_offset + 1 for one in kafka_objects(store, TOPIC, {})}
    consumer.low = 90
    late = lander_of(consumer)
    late.run(Lander.has_landed_to_the_end)
    assert "deleted the offsets" in caplog.text
    expected = [
        (partition, n) for partition in log for n in [*range(end[partition]), *range(90, 100)]
    ]
    assert landed(store) == expected


def test_a_topic_that_was_made_anew_is_refused(lander_of, log):
    lander_of(PlayedConsumer(log)).run(Lander.has_landed_to_the_end)
    shorter = {partition: values[:10] for partition, values in log.items()}
    with pytest.raises(TopicChangedError, match="another name"):
        lander_of(PlayedConsumer(shorter)).run()


def test_a_second_start_goes_on_behind_the_objects_whatever_was_committed(lander_of, log, store):
    first = PlayedConsumer({partition: values[:60] for partition, values in log.items()})
    lander_of(first).run(Lander.has_landed_to_the_end)
    second = PlayedConsumer(log)
    # a commit that never came, and one of an object that is not the last
    second.committed_to = {1: (25, "0")}
    lander_of(second).run(Lander.has_landed_to_the_end)
    assert landed(store) == everything(log)
