"""The dead-letter topic: each message that is not a trade, unchanged, with place and reason.

Delivery is at least once: readers recognise repeats by the headers topic, partition, offset.
"""

from dataclasses import dataclass
from typing import Any

from confluent_kafka import Producer

from assets.landing.kafka.broker import producer, send_all
from assets.landing.kafka.rows import Batch

SUFFIX = ".dead_letter"
# below the broker's usual limit of a million bytes, with room for the headers; the object has the
# whole message
LARGEST_BYTES = 900_000
TIMEOUT_SECONDS = 10


@dataclass
class DeadLetters:
    """Sends bad messages of a topic to its dead-letter topic and waits for the confirmation."""

    topic: str
    producer: Producer

    @classmethod
    def of(cls, bootstrap: str, topic: str) -> "DeadLetters":
        return cls(topic + SUFFIX, producer(bootstrap))

    def send(self, batch: Batch, bad: dict[int, str]) -> None:
        """Send the messages of a batch at these places, with their reasons."""
        letters = (_letter(batch, place, reason) for place, reason in bad.items())
        send_all(self.producer, self.topic, letters, TIMEOUT_SECONDS)


def _letter(batch: Batch, place: int, reason: str) -> dict[str, Any]:
    value = batch.values[place]
    headers = _headers(
        ("topic", batch.topic),
        ("partition", batch.partition),
        ("offset", batch.offsets[place]),
        ("reason", reason),
    )
    if value is not None and len(value) > LARGEST_BYTES:
        headers += _headers(("cut_from_bytes", len(value)))
        value = value[:LARGEST_BYTES]
    return {"value": value, "headers": headers}


def _headers(*pairs: tuple[str, object]) -> list[tuple[str, str | bytes | None]]:
    return [(name, str(value).encode()) for name, value in pairs]
