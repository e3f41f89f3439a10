"""Objects of a Kafka partition: a chain without gaps, so the store records what has landed.

An object is named by the offset at which its predecessor ended, and created exclusively: of several
possible successors only one is created. Never delete a partition's last object; deleting others is
safe.
"""

from dataclasses import dataclass
from datetime import datetime

from assets.lake.objects.object_store import ObjectStore
from assets.landing.schema import TRADES

OFFSET_DIGITS = 20


@dataclass(frozen=True)
class LandedObject:
    """An object that accounts for the offsets from `first_offset` to `last_offset`."""

    key: str
    partition: int
    first_offset: int
    last_offset: int
    least_traded_at: datetime | None
    """Over the valid rows, naive UTC; None without a valid row."""
    greatest_traded_at: datetime | None
    rows: int
    """Messages, bad ones included."""
    batch_id: str
    greatest_broker_at: datetime
    """The broker's timestamp of the last message, naive UTC."""


def topic_folder(topic: str) -> str:
    return f"landing/{TRADES}/topic={topic}/"


def partition_folder(topic: str, partition: int) -> str:
    return f"{topic_folder(topic)}partition={partition}/"


def object_key(topic: str, partition: int, first_offset: int) -> str:
    """The key of the object with this first offset; keys sort by offset."""
    return f"{partition_folder(topic, partition)}{first_offset:0{OFFSET_DIGITS}}.parquet"


def is_kafka_key(key: str) -> bool:
    return "/topic=" in key


def landed_object(store: ObjectStore, key: str) -> LandedObject:
    """What an object says of itself."""
    metadata = store.metadata(key)
    folder, _, name = key.rpartition("/")
    return LandedObject(
        key=key,
        partition=int(folder.rpartition("=")[2]),
        first_offset=int(name.removesuffix(".parquet")),
        last_offset=int(metadata["last_offset"]),
        least_traded_at=_time(metadata.get("least_traded_at")),
        greatest_traded_at=_time(metadata.get("greatest_traded_at")),
        rows=int(metadata["rows"]),
        batch_id=metadata["batch_id"],
        greatest_broker_at=datetime.fromisoformat(metadata["greatest_broker_at"]),
    )


def next_offset(store: ObjectStore, topic: str, partition: int, hint: int | None = None) -> int:
    """The offset after the last landed object, 0 if there is none.

    `hint` is the first offset of a recent object: earlier ones are then not listed. A wrong hint
    only costs time.
    """
    folder = partition_folder(topic, partition)
    keys: list[str] = []
    if hint:
        keys = store.list(folder, after=object_key(topic, partition, hint - 1))
    keys = keys or store.list(folder)
    return landed_object(store, keys[-1]).last_offset + 1 if keys else 0


def kafka_objects(
    store: ObjectStore, topic: str, after: dict[int, str], *, limit: int | None = None
) -> list[LandedObject]:
    """The objects of a topic after a key per partition, in order, at most `limit` of each.

    A partition without a key in `after` is read from its first object.
    """
    found: list[LandedObject] = []
    for partition in landed_partitions(store, topic):
        keys = store.list(partition_folder(topic, partition), after=after.get(partition, ""))
        found += [landed_object(store, key) for key in keys[:limit]]
    return found


def has_successor(store: ObjectStore, key: str) -> bool:
    """Whether a later object of this one's partition has landed."""
    return bool(store.list(key.rpartition("/")[0] + "/", after=key))


def landed_partitions(store: ObjectStore, topic: str) -> list[int]:
    """The partitions of a topic that have objects, in order."""
    folders = store.folders(topic_folder(topic))
    return sorted(int(folder.rstrip("/").rpartition("=")[2]) for folder in folders)


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
