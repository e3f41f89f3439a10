"""Send messages to Kafka from an event loop without blocking it; refusals are raised."""

import asyncio
from dataclasses import dataclass
from typing import Any

from assets.landing.kafka.broker import BrokerError

FULL_WAIT_SECONDS = 0.05
FLUSH_SECONDS = 30.0


@dataclass
class Outbox:
    """Sends to one topic; `sent` and `confirmed` count messages."""

    producer: Any
    topic: str
    sent: int = 0
    confirmed: int = 0
    _failure: str | None = None

    async def put(self, key: str, value: bytes) -> None:
        """Queue a message; waits while the broker is away. BrokerError if one was refused."""
        while True:
            try:
                self.producer.produce(self.topic, value, key=key, on_delivery=self._delivered)
            except BufferError:  # the queue is full: the broker is slow or away
                self.poll()
                await asyncio.sleep(FULL_WAIT_SECONDS)
            else:
                break
        self.sent += 1
        self.poll()

    def poll(self) -> None:
        """Process the broker's answers; BrokerError if it refused a message."""
        self.producer.poll(0)
        if self._failure is not None:
            raise BrokerError(f"topic {self.topic}: a message was refused: {self._failure}")

    def finish(self) -> None:
        """Wait until the broker has confirmed all; BrokerError if it does not."""
        waiting = self.producer.flush(FLUSH_SECONDS)
        self.poll()
        if waiting:
            raise BrokerError(
                f"topic {self.topic}: {waiting:,} messages were not confirmed within "
                f"{FLUSH_SECONDS:g} s: fetch the last minutes by `tapewatch fetch`"
            )

    def _delivered(self, error: Any, _: Any) -> None:
        if error is None:
            self.confirmed += 1
        else:
            self._failure = str(error)
