"""A Kafka topic that brings nothing any more, as an event: once for each silence."""

import json
from datetime import UTC, datetime, timedelta
from functools import partial

from assets.delivery.events import Event, Found, Source
from assets.lake.lake import Lake
from assets.lake.objects.object_store import ObjectStore
from assets.landing.kafka.objects import landed_object, landed_partitions, partition_folder

# the lander writes an object every few seconds; a restart of all servers takes a minute or two
SILENT_AFTER = timedelta(minutes=10)


def silent_stream(lake: Lake, ui: str) -> Source:
    """The topic of the settings, by the broker's time of its last landed message."""
    return Source("silent stream", partial(look, lake.objects, lake.settings.kafka_topic, ui))


def look(store: ObjectStore, topic: str, ui: str, cursor: str | None) -> Found:
    """Nothing before the first message has landed; `cursor` has each partition's last object."""
    last: dict[str, list[str]] = json.loads(cursor) if cursor else {}
    for partition in landed_partitions(store, topic):
        known = last.get(str(partition), ["", ""])
        keys = store.list(partition_folder(topic, partition), after=known[0])
        if keys:
            taken = landed_object(store, keys[-1]).greatest_broker_at
            last[str(partition)] = [keys[-1], taken.isoformat()]
    newest = max((taken for _, taken in last.values()), default=None)
    events = [] if newest is None else silence(topic, datetime.fromisoformat(newest), ui)
    return Found(events, json.dumps(last))


def silence(topic: str, newest: datetime, ui: str) -> list[Event]:
    """The event of a topic whose last message is so old; the same until another lands."""
    if datetime.now(UTC).replace(tzinfo=None) - newest < SILENT_AFTER:
        return []
    minutes = SILENT_AFTER // timedelta(minutes=1)
    since = f"{newest:%Y-%m-%d %H:%M:%S} UTC"
    return [
        Event(
            kind="silent_feed",
            subject=f"kafka/{topic}",
            revision=newest.isoformat(),
            title=f"silent feed: Kafka topic {topic}",
            text=f"No message of the Kafka topic {topic} has landed for {minutes} minutes; the "
            f"last came at {since}. Look whether its producers, the broker and `tapewatch land` "
            "run.",
            link=f"{ui}/runs",
        )
    ]
