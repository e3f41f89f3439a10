"""The broker: topics that must exist, and a producer that waits a broker's absence out."""

from collections.abc import Mapping
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Producer
from confluent_kafka.admin import AdminClient, NewTopic  # pyright: ignore[reportPrivateImportUsage]

TIMEOUT_SECONDS = 30


class BrokerError(Exception):
    """The broker cannot be reached or refuses; says which and what to do."""


def ensure_topics(bootstrap: str, partitions: Mapping[str, int]) -> None:
    """Create the topics that do not exist yet, with so many partitions each."""
    admin = AdminClient({"bootstrap.servers": bootstrap})
    try:
        existing = admin.list_topics(timeout=TIMEOUT_SECONDS).topics
        # the broker's own number of replicas
        new = [
            NewTopic(name, count, replication_factor=-1)
            for name, count in partitions.items()
            if name not in existing
        ]
        for created in admin.create_topics(new).values() if new else ():
            created.result(timeout=TIMEOUT_SECONDS)
    except KafkaException as error:
        problem: KafkaError = error.args[0]
        if problem.code() != KafkaError.TOPIC_ALREADY_EXISTS:
            raise BrokerError(
                f"Kafka at {bootstrap}: {problem.str()}; is the broker up and "
                "TAPEWATCH_KAFKA_BOOTSTRAP right?"
            ) from None


def delete_topic(bootstrap: str, topic: str) -> None:
    """Delete a topic with all that it holds."""
    # named, for it must outlive its answers
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for deleted in admin.delete_topics([topic]).values():
        deleted.result(timeout=TIMEOUT_SECONDS)


def producer(bootstrap: str, **more: Any) -> Producer:
    """A producer that writes each message once and in order, however long the broker is away."""
    return Producer(
        {
            "bootstrap.servers": bootstrap,
            "enable.idempotence": True,
            # for ever: else an idempotent producer gives a message up while the broker restarts
            "message.timeout.ms": 0,
            "compression.type": "lz4",
            "linger.ms": 20,
            **more,
        }
    )
