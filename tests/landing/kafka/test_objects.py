"""A partition's objects: one chain, found again from the store alone."""

from datetime import UTC, datetime

import pyarrow.parquet as pq
import pytest

from assets.landing.kafka.objects import (
    has_successor,
    kafka_objects,
    landed_object,
    landed_partitions,
    next_offset,
    object_key,
)
from assets.landing.kafka.rows import SCHEMA, Batch, landing, raw_text, write_landing
from assets.landing.messages import encode_json

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
NOON = 1_748_779_200_000_000
BROKER_MS = NOON // 1000


@pytest.fixture
def put(store, registry, trade, tmp_path):
    """Land messages (a good trade for each number, else what is given) behind an offset."""

    def land(partition, first, *messages, topic="trades"):
        batch = Batch(topic, partition, first, 0.0)
        for place, message in enumerate(messages):
            value = (
                encode_json(trade(trade_id=str(message), traded_at=NOON - message))
                if isinstance(message, int)
                else message
            )
            batch.add(value, first + place, BROKER_MS + place)
        landed = landing(batch, registry, NOW, "auto")
        write_landing(tmp_path / "object", landed)
        assert store.put_new(batch.key, tmp_path / "object", landed.metadata)
        return batch

    return land


def test_keys_sort_as_offsets_do():
    keys = [object_key("trades", 1, offset) for offset in (0, 9, 10, 2**63 - 1)]
    assert keys == sorted(keys)


def test_an_object_says_what_it_holds(store, put):
    batch = put(2, 5, 30, b"{", 10)
    said = landed_object(store, batch.key)
    assert (said.partition, said.first_offset, said.last_offset, said.rows) == (2, 5, 7, 3)
    assert said.least_traded_at == datetime(2025, 6, 1, 11, 59, 59, 999_970)
    assert said.greatest_traded_at == datetime(2025, 6, 1, 11, 59, 59, 999_990)
    assert said.greatest_broker_at == datetime(2025, 6, 1, 12, 0, 0, 2_000)
    assert said.batch_id == batch.batch_id


def test_an_object_of_bad_messages_alone_has_no_times(store, put):
    said = landed_object(store, put(0, 0, b"{", None).key)
    assert said.least_traded_at is said.greatest_traded_at is None
    assert said.rows == 2


def test_good_and_bad_stand_in_one_object_in_the_order_of_offsets(store, put):
    rows = pq.read_table(store.root / put(0, 0, 1, b"{", 2, None).key, partitioning=None)
    assert rows.schema.names == SCHEMA.names
    assert rows["offset"].to_pylist() == [0, 1, 2, 3]
    assert rows["trade_id"].to_pylist() == ["1", None, "2", None]
    assert rows["raw"].to_pylist() == [None, "{", None, "base64:"]
    assert [error is None for error in rows["error"].to_pylist()] == [True, False, True, False]
    assert set(rows["topic"].to_pylist()) == {"trades"}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"{}", "{}"),
        (b"\xff", "base64:/w=="),
        (b"\x00a", "base64:AGE="),
        (b"base64:", "base64:YmFzZTY0Og=="),
        (None, "base64:"),
    ],
)
def test_raw_text_can_be_turned_back(value, text):
    assert raw_text(value) == text


def test_the_next_offset_stands_behind_the_last_object(store, put):
    assert next_offset(store, "trades", 0) == 0
    put(0, 0, 1, 2, 3)
    put(0, 3, 4)
    put(10, 0, 1)
    assert next_offset(store, "trades", 0) == 4
    assert next_offset(store, "trades", 1) == 0


@pytest.mark.parametrize("hint", [0, 1, 3, 4, 10**6])
def test_no_hint_leads_astray(store, put, hint):
    put(0, 0, 1, 2, 3)
    put(0, 3, 4)
    assert next_offset(store, "trades", 0, hint) == 4


def test_objects_behind_a_key_and_of_new_partitions_are_found(store, put):
    first = put(0, 0, 1, 2)
    second = put(0, 2, 3)
    other = put(11, 0, 1)
    put(0, 0, 1, topic="other")
    found = kafka_objects(store, "trades", {0: first.key})
    assert [one.key for one in found] == [second.key, other.key]
    assert [one.key for one in kafka_objects(store, "trades", {})] == [
        *(first.key, second.key, other.key)
    ]
    assert kafka_objects(store, "trades", {0: second.key, 11: other.key}) == []
    assert has_successor(store, first.key)
    # another partition's object, and one of a partition whose number begins alike, is none
    put(1, 0, 1)
    assert not has_successor(store, second.key)
    assert not has_successor(store, object_key("trades", 1, 0))
    assert landed_partitions(store, "trades") == [0, 1, 11]
    assert landed_partitions(store, "nothing") == []


@pytest.mark.parametrize(
    ("times", "greatest"),
    [
        ([2**63 - 1], "2025-06-02T12:00:00"),
        ([-1, -(2**63)], "1970-01-01T00:00:00"),
        ([BROKER_MS, -1], "2025-06-01T12:00:00"),
    ],
)
def test_a_producers_own_time_of_a_message_misleads_nobody(registry, times, greatest):
    batch = Batch("trades", 0, 0, 0.0)
    for offset, at in enumerate(times):
        batch.add(b"{}", offset, at)
    metadata = landing(batch, registry, NOW, "auto").metadata
    assert metadata["greatest_broker_at"] == f"{greatest}.000"
