"""What a topic of a real broker holds."""

import time
import uuid

from confluent_kafka import Consumer

from assets.lake.lake import Lake
from assets.publishing.topic_outbox import PARTITIONS

SECONDS = 30


def messages_of(lake: Lake, topic: str) -> list[tuple[str, str, bytes]]:
    """Key, value of the only header, and value of each message, to the topic's end."""
    consumer = Consumer(
        {
            "bootstrap.servers": lake.settings.kafka_bootstrap,
            "group.id": uuid.uuid4().hex,
            "auto.offset.reset": "earliest",
            "enable.partition.eof": True,
        }
    )
    consumer.subscribe([topic])
    found, ended = [], 0
    deadline = time.monotonic() + SECONDS
    while ended < PARTITIONS and time.monotonic() < deadline:
        message = consumer.poll(1.0)
        if message is None:
            continue
        if message.error() is not None:
            ended += 1
            continue
        ((_, header),) = message.headers() or []
        found.append((message.key().decode(), header.decode(), message.value()))
    consumer.close()
    return found
