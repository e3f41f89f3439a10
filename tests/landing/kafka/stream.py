"""A topic of a test, what was sent to it, and what landed of it in a real store."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from confluent_kafka import Consumer, Message

from assets.lake.objects.object_store import object_store
from assets.lake.settings import Settings
from assets.landing.kafka.broker import ensure_topics, producer
from assets.landing.kafka.objects import LandedObject, kafka_objects
from assets.landing.messages import TradeMessage, encode_avro, encode_json

NOON = 1_748_779_200_000_000
SYMBOLS = ("BTC-USDT", "ETH-USDT", "SOL-USDT", "XRP-USDT", "KITE-USDT", "DOGE-USDT")
TAPEWATCH = Path(sys.executable).parent / "tapewatch"

# a broker that was killed takes its time to look through its log
FLUSH_SECONDS = 300

Place = tuple[int, int]
"""A partition and an offset."""


@dataclass
class Stream:
    """Sends to a topic and keeps the ledger of what the broker confirmed."""

    settings: Settings
    topic: str
    schema_id: int | None = None
    traded_at: Callable[[int], int] = lambda n: NOON + n
    """The time of the n-th trade, microseconds since 1970."""
    good: dict[Place, str] = field(default_factory=dict)
    """The trade's id of each good message."""
    bad: dict[Place, bytes] = field(default_factory=dict)
    sent: int = 0

    def __post_init__(self) -> None:
        self.bootstrap = self.settings.kafka_bootstrap or ""
        ensure_topics(self.bootstrap, {self.topic: 3, f"{self.topic}.dead_letter": 1})
        self.producer = producer(self.bootstrap)

    def send(self, count: int, *, bad_share: float = 0.0, rate: float = float("inf")) -> None:
        """Send trades, some of them spoilt, and wait until the broker has them."""
        first, start = self.sent, time.monotonic()
        draw = random.Random(first)
        for n in range(first, first + count):
            symbol = SYMBOLS[n % len(SYMBOLS)]
            trade = TradeMessage(
                "binance", symbol, str(n), self.traded_at(n), "67000.10", "0.01", "buyer"
            )
            value = encode_json(trade)
            if self.schema_id is not None and n % 2:
                value = encode_avro(trade, self.schema_id)
            is_bad = draw.random() < bad_share
            if is_bad:
                value = value[:-3]
            self._produce(symbol, value, self._confirmed(None if is_bad else str(n), value))
            self.sent = n + 1
            if n % 500 == 0:
                self.producer.poll(0)
                time.sleep(max(0.0, (n - first) / rate - (time.monotonic() - start)))
        assert self.producer.flush(FLUSH_SECONDS) == 0

    def _produce(self, symbol: str, value: bytes, confirmed: Callable[..., None]) -> None:
        while True:
            try:
                self.producer.produce(self.topic, value, key=symbol, on_delivery=confirmed)
            except BufferError:
                self.producer.poll(0.1)
            else:
                return

    def _confirmed(self, trade_id: str | None, value: bytes) -> Callable[..., None]:
        def keep(error: object, message: Message) -> None:
            assert error is None
            place = (message.partition() or 0, message.offset() or 0)
            if trade_id is None:
                self.bad[place] = value
            else:
                self.good[place] = trade_id

        return keep

    def lander(self, *options: str) -> subprocess.Popen[bytes]:
        """Start `tapewatch land` as a process of its own."""
        command = [str(TAPEWATCH), "land", "--topic", self.topic, *options]
        return subprocess.Popen(command, stderr=subprocess.PIPE)

    def objects(self) -> list[LandedObject]:
        return kafka_objects(object_store(self.settings), self.topic, {})

    def rows(self) -> pa.Table:
        """All that landed, in the order of partitions and offsets."""
        store = object_store(self.settings)
        tables = [
            pq.read_table(pa.BufferReader(store.read(one.key)), partitioning=None)
            for one in self.objects()
        ]
        return pa.concat_tables(tables)

    def await_landed(self, seconds: float) -> None:
        """Wait until as many messages landed as were sent."""
        deadline = time.monotonic() + seconds
        while (landed := sum(one.rows for one in self.objects())) < self.sent:
            assert time.monotonic() < deadline, f"only {landed:,} of {self.sent:,} landed"
            time.sleep(0.5)

    def assert_landed_exactly_once(self) -> None:
        rows = self.rows()
        places = list(zip(rows["partition"].to_pylist(), rows["offset"].to_pylist(), strict=True))
        assert len(places) == len(set(places))
        ids = dict(zip(places, rows["trade_id"].to_pylist(), strict=True))
        errors = dict(zip(places, rows["error"].to_pylist(), strict=True))
        assert {place: ids[place] for place in ids if errors[place] is None} == self.good
        assert {place for place in ids if errors[place]} == set(self.bad)
        # the ledger of offsets has no hole and no overlap
        ends: dict[int, int] = {}
        for one in self.objects():
            assert one.first_offset == ends.get(one.partition, 0)
            ends[one.partition] = one.last_offset + 1

    def dead_letters(self, seconds: float = 20) -> dict[Place, bytes]:
        """What stands in the dead-letter topic, each once."""
        consumer = Consumer(
            {
                "bootstrap.servers": self.bootstrap,
                "group.id": f"{self.topic}.reader",
                "auto.offset.reset": "earliest",
                "enable.partition.eof": True,
            }
        )
        consumer.subscribe([f"{self.topic}.dead_letter"])
        found: dict[Place, bytes] = {}
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            message = consumer.poll(1.0)
            if message is None:
                continue
            if message.error() is not None:
                break
            said = {name: str(value, "utf-8") for name, value in message.headers() or []}  # pyright: ignore
            assert said["topic"] == self.topic
            assert said["reason"]
            found[int(said["partition"]), int(said["offset"])] = message.value() or b""
        consumer.close()
        return found


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a process of a test as a power cut would."""
    process.send_signal(signal.SIGKILL)
    process.wait()
    if process.stderr is not None:
        process.stderr.close()


def stop(process: subprocess.Popen[bytes], number: int = signal.SIGTERM) -> str:
    """Ask a process to end; what it logged. It must end well."""
    process.send_signal(number)
    _, said = process.communicate(timeout=40)
    assert process.returncode == os.EX_OK, said.decode()
    return said.decode()
