"""Where produced trades go: to Kafka where a broker is set, else into the landing zone."""

import threading
import time
from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path as FilePath
from tempfile import TemporaryDirectory
from typing import Protocol

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from assets.lake.objects.object_store import ObjectStore, ObjectStoreError
from assets.landing.files.importer import land_file
from assets.landing.files.report import LandingError
from assets.landing.messages import TradeMessage

CONFIRMED_WITHIN_SECONDS = 10.0


class SinkError(Exception):
    """A trade could not be sent; the message says where to and why."""


class Sink(Protocol):
    """Accepts trades; when `send` returns they are durable."""

    def send(self, trades: Sequence[TradeMessage]) -> None: ...


class LandingSink:
    """Lands trades as objects, one per call and venue, as `tapewatch run --input` lands files."""

    def __init__(self, store: ObjectStore, scratch: FilePath) -> None:
        self._store, self._scratch = store, scratch
        self._lock = threading.Lock()

    def send(self, trades: Sequence[TradeMessage]) -> None:
        by_venue = sorted(trades, key=lambda trade: trade.venue)
        with self._lock:
            self._scratch.mkdir(parents=True, exist_ok=True)
            for venue, group in groupby(by_venue, key=lambda trade: trade.venue):
                with TemporaryDirectory(prefix="produced-", dir=self._scratch) as folder:
                    rows = [msgspec.structs.asdict(trade) for trade in group]
                    path = FilePath(folder) / f"produced_{venue}.parquet"
                    pq.write_table(pa.Table.from_pylist(rows), path)
                    try:
                        land_file(path, self._store, scratch=self._scratch)
                    except (LandingError, ObjectStoreError, OSError) as error:
                        raise SinkError(f"the landing zone: {error}") from error


class KafkaSink:
    """Sends trades to a topic, keyed by symbol, and waits until the broker has them."""

    def __init__(self, bootstrap: str, topic: str, encode: Callable[[TradeMessage], bytes]) -> None:
        from assets.landing.kafka.broker import producer

        self._encode, self._bootstrap, self._topic = encode, bootstrap, topic
        self._lock = threading.Lock()
        self._producer = producer(
            bootstrap, **{"message.timeout.ms": int(CONFIRMED_WITHIN_SECONDS * 1_000)}
        )

    def send(self, trades: Sequence[TradeMessage]) -> None:
        failures: list[str] = []

        def confirm(error: object, _: object) -> None:
            if error is not None:
                failures.append(str(error))

        with self._lock:
            for trade in trades:
                value = self._encode(trade)
                self._produce(trade.symbol, value, confirm)
            waiting = self._producer.flush(CONFIRMED_WITHIN_SECONDS)
        if waiting or failures:
            why = failures[0] if failures else "no answer"
            raise SinkError(f"Kafka at {self._bootstrap}, topic {self._topic}: {why}")

    def _produce(self, key: str, value: bytes, confirm: Callable[[object, object], None]) -> None:
        deadline = time.monotonic() + CONFIRMED_WITHIN_SECONDS
        while True:
            try:
                self._producer.produce(self._topic, value, key=key, on_delivery=confirm)
            except BufferError:  # the queue is full: the broker is slow or away
                if time.monotonic() > deadline:
                    raise SinkError(
                        f"Kafka at {self._bootstrap} accepts no more messages"
                    ) from None
                self._producer.poll(0.1)
            else:
                return
