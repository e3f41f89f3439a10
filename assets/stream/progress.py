"""How far a stream has come: what of it is judged, how far behind that is, and what waits."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from duckdb import DuckDBPyConnection

from assets.lake.lake import Lake
from assets.lake.snapshots import table_ids
from assets.landing.kafka.objects import (
    LandedObject,
    landed_object,
    landed_partitions,
    partition_folder,
    topic_folder,
)
from assets.market.window import ONE_DAY
from assets.transform.late_data import latest_end
from assets.transform.tables import LANDED_OBJECTS, NORMALISED_WINDOWS

# A live market's trades reach the broker within seconds. What comes later than this is a replay,
# or a market of another time: the time of its trades says nothing of a delay.
OF_TODAY = timedelta(minutes=5)
PARTITION = re.compile(r"/partition=(\d+)/")


@dataclass(frozen=True)
class Progress:
    """What of a topic is judged; times are naive and in UTC."""

    topic: str
    judged_until: datetime
    """End of the newest window that was judged, but not beyond the newest trade's time."""
    newest_trade_at: datetime
    """Of the objects that were read."""
    newest: LandedObject
    """The object with the newest message that was read, by when the broker took it."""
    read: Mapping[int, str]
    """The newest object of each partition that was read."""

    @property
    def is_by_trade_time(self) -> bool:
        """Whether trades reached the broker when they happened, so that their time tells delay."""
        return abs(self.newest.greatest_broker_at - self.newest_trade_at) <= OF_TODAY

    def behind(self, now: datetime) -> timedelta:
        """How far what is judged lies behind the clock: by its trades' time, else by landing."""
        reached = self.judged_until if self.is_by_trade_time else self.newest.greatest_broker_at
        return max(now - reached, timedelta())


@dataclass(frozen=True)
class Unread:
    """What of a topic has landed and is not judged."""

    objects: int
    newest: LandedObject
    judging_lag: timedelta | None
    """From what is judged to its newest trade; None where it has none, or an earlier one."""


def progress_of(lake: Lake, connection: DuckDBPyConnection) -> Progress | None:
    """How far the settings' topic is judged; None before any of its objects was."""
    tables = (LANDED_OBJECTS.name, NORMALISED_WINDOWS.name)
    if len(table_ids(connection, tables)) < len(tables):
        return None
    ended_at = latest_end(connection)
    if ended_at is None:
        return None
    topic = lake.settings.kafka_topic
    # the last days' rows of the ledger are few; only where files came later are all of them read
    found = _newest(connection, topic, ended_at - ONE_DAY) or _newest(connection, topic, None)
    dated = [traded_at for _, _, traded_at in found if traded_at is not None]
    if not dated:
        return None
    read = {partition: key for partition, key, _ in found}
    return Progress(
        topic=topic,
        judged_until=min(ended_at, max(dated)),
        newest_trade_at=max(dated),
        newest=_newest_of([landed_object(lake.objects, key) for key in read.values()]),
        read=read,
    )


def _newest(
    connection: DuckDBPyConnection, topic: str, since: datetime | None
) -> list[tuple[int, str, datetime | None]]:
    """Of each partition the newest object of the ledger, and the newest time of a trade."""
    rows = connection.execute(
        f"""
        select max(object), max(greatest_traded_at)
        from lake.{LANDED_OBJECTS.name}
        where starts_with(object, ?) and (?::date is null or trade_day >= ?::date)
        group by regexp_extract(object, ?)
        """,
        [topic_folder(topic), since, since, PARTITION.pattern],
    ).fetchall()
    return [(_partition(key), key, traded_at) for key, traded_at in rows]


def unread(lake: Lake, progress: Progress) -> Unread | None:
    """What landed behind the objects that were read; None where nothing did."""
    count, newest = 0, list[LandedObject]()
    for partition in landed_partitions(lake.objects, progress.topic):
        folder = partition_folder(progress.topic, partition)
        keys = lake.objects.list(folder, after=progress.read.get(partition, ""))
        count += len(keys)
        # the last says how far its partition has come: the others are not opened
        newest += [landed_object(lake.objects, key) for key in keys[-1:]]
    if not newest:
        return None
    dated = [one.greatest_traded_at for one in newest if one.greatest_traded_at]
    lag = max(dated) - progress.judged_until if dated else timedelta()
    return Unread(count, _newest_of(newest), lag if lag > timedelta() else None)


def _newest_of(objects: Sequence[LandedObject]) -> LandedObject:
    return max(objects, key=lambda one: one.greatest_broker_at)


def _partition(key: str) -> int:
    found = PARTITION.search(key)
    if found is None:
        raise ValueError(f"{key} is no object of a topic")
    return int(found[1])
