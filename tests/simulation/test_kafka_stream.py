"""A simulated market into Kafka: at its rate, in order, each confirmed message in the ledger."""

import csv
import json
import threading
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from assets.landing.messages import TradeMessage, encode_json
from assets.simulation.kafka_stream import LEDGER_COLUMNS, KafkaStream
from assets.simulation.live_trades import LiveTrades

START = 1_748_779_200_000_000


class Confirmed:
    """What a broker says of a message."""

    def __init__(self, partition: int, offset: int) -> None:
        self.partition, self.offset = lambda: partition, lambda: offset


class Broker:
    """Takes messages at once and confirms them at the next poll, every third after being full."""

    def __init__(self, refusing: object = None) -> None:
        self.values: list[bytes] = []
        self.waiting: list = []
        self.refusing = refusing
        self.full = 0

    def produce(self, topic, value, key, on_delivery) -> None:
        self.full = (self.full + 1) % 3
        if not self.full:
            raise BufferError
        self.values.append(value)
        self.waiting.append((on_delivery, Confirmed(0, len(self.values) - 1)))

    def poll(self, seconds) -> None:
        for confirm, message in self.waiting:
            confirm(self.refusing, message)
        self.waiting = []

    def flush(self, seconds) -> int:
        self.poll(0)
        return 0


@pytest.fixture(scope="module")
def live() -> LiveTrades:
    return LiveTrades(seed=2, rate=500.0, seconds=4)


@pytest.fixture(scope="module")
def messages(live: LiveTrades) -> list[TradeMessage]:
    return list(live.messages(START))


@pytest.mark.slow
def test_a_stream_is_exactly_as_long_as_its_rate_and_time(live, messages) -> None:
    assert len(live) == len(messages) == 2_000
    assert len({(one.venue, one.symbol, one.trade_id) for one in messages}) == 2_000


def test_times_rise_steadily_and_an_orders_trades_share_one(messages) -> None:
    times = [one.traded_at - START for one in messages]
    assert times == sorted(times)
    assert 3_900_000 < times[-1] < 4_000_000
    by_order = {}
    for one in messages:
        by_order.setdefault((one.venue, one.symbol, one.order_id), set()).add(one.traded_at)
    assert all(len(times) == 1 for times in by_order.values())
    fills = Counter((one.venue, one.symbol, one.order_id) for one in messages)
    assert max(fills.values()) > 3


@pytest.mark.slow
def test_the_same_seed_streams_the_same_and_another_run_has_other_ids(live, messages) -> None:
    again = list(LiveTrades(seed=2, rate=500.0, seconds=4).messages(START))
    assert again == messages
    later = next(iter(live.messages(START + 60_000_000)))
    assert later.trade_id != messages[0].trade_id
    assert later.price == messages[0].price


def test_a_rate_is_held_within_two_percent_and_all_is_in_the_ledger(messages, tmp_path) -> None:
    ledger = tmp_path / "ledger.csv"
    streamed = KafkaStream(Broker(), "trades", encode_json).run(messages, 1_000.0, ledger)
    assert (streamed.sent, streamed.confirmed) == (2_000, 2_000)
    assert streamed.rate == pytest.approx(1_000, rel=0.02)
    rows = list(csv.DictReader(ledger.open()))
    assert tuple(rows[0]) == LEDGER_COLUMNS
    assert [row["trade_id"] for row in rows] == [one.trade_id for one in messages]
    assert [int(row["offset"]) for row in rows] == list(range(2_000))


def test_a_stopped_stream_has_confirmed_what_it_sent(messages) -> None:
    stream = KafkaStream(broker := Broker(), "trades", encode_json)
    threading.Timer(0.3, stream.stopping.set).start()
    streamed = stream.run(messages, 500.0)
    assert 50 < streamed.sent < 1_000
    assert streamed.confirmed == streamed.sent == len(broker.values)


def test_a_refused_message_ends_the_stream(messages) -> None:
    from confluent_kafka import KafkaError

    from assets.landing.kafka.broker import BrokerError

    refusing = KafkaError(KafkaError.MSG_SIZE_TOO_LARGE)
    with pytest.raises(BrokerError, match="topic trades"):
        KafkaStream(Broker(refusing), "trades", encode_json).run(messages, 1e6)


@pytest.mark.services
@pytest.mark.parametrize("style", ["json", "avro"])
def test_a_real_topic_holds_what_the_ledger_says(
    style: str, messages, service_environment, tmp_path: Path
) -> None:
    import uuid

    from confluent_kafka import Consumer

    from assets.landing.kafka.broker import delete_topic, ensure_topics, producer
    from assets.simulation.message_encoding import encoder

    bootstrap = service_environment["TAPEWATCH_KAFKA_BOOTSTRAP"]
    encode = encoder(style, service_environment["TAPEWATCH_SCHEMA_REGISTRY"])
    topic, ledger = f"simulated_{uuid.uuid4().hex[:12]}", tmp_path / "ledger.csv"
    ensure_topics(bootstrap, {topic: 3})
    sender = producer(bootstrap)
    streamed = KafkaStream(sender, topic, encode).run(messages, 1_000.0, ledger)
    assert streamed.confirmed == len(messages)
    consumer = Consumer({
        "bootstrap.servers": bootstrap, "group.id": topic, "auto.offset.reset": "earliest"
    })  # fmt: skip
    consumer.subscribe([topic])
    held = {}
    while len(held) < len(messages):
        message = consumer.poll(30)
        assert message is not None
        assert message.error() is None
        held[message.partition(), message.offset()] = message.value()
    consumer.close()
    delete_topic(bootstrap, topic)
    written = {
        (int(row["partition"]), int(row["offset"])): row["trade_id"]
        for row in csv.DictReader(ledger.open())
    }
    assert written.keys() == held.keys()
    if style == "json":
        sent = {place: json.loads(value)["trade_id"] for place, value in held.items()}
        assert sent == written
        assert msgspec.json.decode(next(iter(held.values())), type=TradeMessage)
    else:
        assert all(value[0] == 0 for value in held.values())


def test_one_sequence_behind_another_is_one_market() -> None:
    first = LiveTrades(seed=2, rate=500.0, seconds=4)
    prices = first.last_prices
    last: dict[str, float] = {}
    for message in first.messages(START):
        last[message.symbol] = float(message.price)
    second = LiveTrades(seed=3, rate=500.0, seconds=4, prices=prices)
    begun: dict[str, float] = {}
    for message in second.messages(START):
        begun.setdefault(message.symbol, float(message.price))
    assert set(begun) <= set(prices)
    for symbol in set(begun) & set(last):
        assert begun[symbol] == pytest.approx(last[symbol], rel=0.01)
    # a sequence by itself begins elsewhere
    alone = {
        one.symbol: float(one.price)
        for one in LiveTrades(seed=3, rate=500.0, seconds=4).messages(START)
    }
    assert any(abs(alone[name] / last[name] - 1) > 0.01 for name in set(alone) & set(last))
