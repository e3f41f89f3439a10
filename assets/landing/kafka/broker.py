"""The broker: create topics, and a producer that waits while the broker is away."""

from collections.abc import Iterable, Mapping
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message, Producer
from confluent_kafka.admin import AdminClient, NewTopic  # pyright: ignore[reportPrivateImportUsage]

from assets.lake.settings import Settings, SettingsError
from assets.landing.kafka import StreamError

TIMEOUT_SECONDS = 30


class BrokerError(StreamError):
    """The broker cannot be reached or refuses."""


def bootstrap_of(settings: Settings) -> str:
    """The broker's address; SettingsError names the variable to set."""
    if settings.kafka_bootstrap is None:
        raise SettingsError("TAPEWATCH_KAFKA_BOOTSTRAP is not set: name a broker as host:port")
    return settings.kafka_bootstrap


def ensure_topics(bootstrap: str, partitions: Mapping[str, int]) -> None:
    """Create the topics that do not exist yet, with this many partitions each."""
    admin = AdminClient({"bootstrap.servers": bootstrap})
    try:
        existing = admin.list_topics(timeout=TIMEOUT_SECONDS).topics
        # the broker's default number of replicas
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


def topics_of(bootstrap: str, timeout_seconds: float) -> dict[str, int]:
    """The partitions of each topic; BrokerError where the broker does not answer in time."""
    # the error says what a line of log each 50 ms would
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
    try:
        topics = admin.list_topics(timeout=timeout_seconds).topics
    except KafkaException as error:
        problem: KafkaError = error.args[0]
        raise BrokerError(f"Kafka at {bootstrap}: {problem.str()}") from None
    return {name: len(topic.partitions) for name, topic in topics.items()}


def delete_topic(bootstrap: str, topic: str) -> None:
    """Delete a topic with all its messages."""
    # in a variable, because it must outlive its futures
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for deleted in admin.delete_topics([topic]).values():
        deleted.result(timeout=TIMEOUT_SECONDS)


def producer(bootstrap: str, **more: Any) -> Producer:
    """A producer that writes each message once and in order, however long the broker is away."""
    return Producer(
        {
            "bootstrap.servers": bootstrap,
            "enable.idempotence": True,
            # no limit: else an idempotent producer gives a message up while the broker restarts
            "message.timeout.ms": 0,
            "compression.type": "lz4",
            "linger.ms": 20,
            **more,
        }
    )


def send_all(
    sender: Producer, topic: str, messages: Iterable[Mapping[str, Any]], timeout_seconds: float
) -> None:
    """Send messages (value, key, headers) and wait until the broker has all; else BrokerError.

    After an error no more are sent, but some may have been: send all of them again.
    """
    failures: list[KafkaError] = []

    def delivered(error: KafkaError | None, _: Message) -> None:
        if error is not None:
            failures.append(error)

    count = 0
    for message in messages:
        sender.produce(topic, **message, on_delivery=delivered)
        sender.poll(0)
        count += 1
    left = sender.flush(timeout_seconds)
    if left or failures:
        # they must not arrive later, after the caller has sent others instead
        sender.purge()
        why = failures[0].str() if failures else f"not within {timeout_seconds:g} s"
        raise BrokerError(
            f"{left or len(failures)} of {count} messages were not accepted by {topic} ({why})"
        )
