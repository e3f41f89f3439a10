"""Send trades to Kafka at a steady rate, with a ledger of the confirmed messages."""

import csv
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any, TextIO

from confluent_kafka import KafkaError, Message, Producer

from assets.landing.kafka.broker import BrokerError
from assets.landing.messages import TradeMessage

LEDGER_COLUMNS = ("partition", "offset", "venue", "symbol", "trade_id", "traded_at")
# how long it sleeps when nothing is due, and how many messages it sends between two looks at the
# clock
NAP_SECONDS = 0.002
BURST = 500
FLUSH_SECONDS = 120.0

Encode = Callable[[TradeMessage], bytes]


@dataclass(frozen=True)
class Streamed:
    """Figures of the sent messages; `rate` is per second, `lag_s` the greatest delay."""

    sent: int
    confirmed: int
    seconds: float
    rate: float
    lag_s: float


@dataclass
class KafkaStream:
    """Sends trades to a topic, keyed by symbol; stop it from anywhere with `stopping`."""

    producer: Producer
    topic: str
    encode: Encode
    stopping: threading.Event = field(default_factory=threading.Event)
    confirmed: int = 0
    _failure: KafkaError | None = None
    _ledger: Any = None

    def run(
        self, trades: Iterable[TradeMessage], rate: float, ledger: FilePath | None = None
    ) -> Streamed:
        """Send each trade when it is due, `rate` a second, until all are sent or it is stopped.

        The ledger, a CSV of LEDGER_COLUMNS, has one line per message, written when the broker
        confirms it. Raises BrokerError if a message is refused, or if some are not confirmed within
        two minutes after the last.
        """
        if ledger is None:
            return self._run(trades, rate)
        with ledger.open("w", newline="", buffering=1 << 16) as file:
            self._ledger = _opened(file)
            try:
                return self._run(trades, rate)
            finally:
                self._ledger = None

    def _run(self, trades: Iterable[TradeMessage], rate: float) -> Streamed:
        began = time.monotonic()
        sent, due, lag = 0, 1, 0.0
        for trade in trades:
            while sent >= due and not self.stopping.is_set():
                self.producer.poll(0)
                due = self._due(began, rate, sent)
                if sent >= due:
                    time.sleep(NAP_SECONDS)
            if self.stopping.is_set():
                break
            lag = max(lag, time.monotonic() - began - sent / rate) if sent % BURST == 0 else lag
            self._send(trade)
            sent += 1
        # the last message's turn ends when the next would be due
        self.stopping.wait(max(0.0, began + sent / rate - time.monotonic()))
        seconds = time.monotonic() - began
        self._finish()
        return Streamed(sent, self.confirmed, seconds, sent / seconds, lag)

    def _due(self, began: float, rate: float, sent: int) -> int:
        return min(int((time.monotonic() - began) * rate) + 1, sent + BURST)

    def _send(self, trade: TradeMessage) -> None:
        value = self.encode(trade)
        while True:
            try:
                self.producer.produce(
                    self.topic, value, key=trade.symbol, on_delivery=self._confirming(trade)
                )
            except BufferError:
                self.producer.poll(0.1)  # the queue is full: the broker is slow or away
            else:
                break
        if self._failure is not None:
            raise BrokerError(f"topic {self.topic}: a message was refused: {self._failure.str()}")

    def _confirming(self, trade: TradeMessage) -> Callable[[KafkaError | None, Message], None]:
        def confirm(error: KafkaError | None, message: Message) -> None:
            if error is not None:
                self._failure = error
                return
            self.confirmed += 1
            if self._ledger is not None:
                self._ledger.writerow(
                    (message.partition(), message.offset(), trade.venue, trade.symbol,
                     trade.trade_id, trade.traded_at)
                )  # fmt: skip

        return confirm

    def _finish(self) -> None:
        waiting = self.producer.flush(FLUSH_SECONDS)
        if waiting or self._failure is not None:
            why = self._failure.str() if self._failure else "no answer"
            raise BrokerError(f"topic {self.topic}: {waiting:,} messages unconfirmed ({why})")


def _opened(file: TextIO) -> Any:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(LEDGER_COLUMNS)
    return writer
