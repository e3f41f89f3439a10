"""`tapewatch bench landing`: the lander's throughput over a topic that is full already."""

import tempfile
import time
import uuid
from dataclasses import dataclass

from assets.lake.settings import Settings, load_settings
from assets.landing.kafka.broker import bootstrap_of, delete_topic, ensure_topics, producer
from assets.landing.kafka.cadence import Cadence
from assets.landing.kafka.dead_letters import SUFFIX
from assets.landing.kafka.lander import Lander
from assets.landing.kafka.registry import registry_of
from assets.landing.kafka.service import PARTITIONS, lander_of
from assets.landing.messages import AVRO_SCHEMA, TradeMessage, encode_avro, encode_json

SYMBOLS = tuple(f"COIN{n}-USDT" for n in range(60))
START = 1_748_779_200_000_000
SPACING = 200
"""Microseconds from trade to trade: 5,000 a second."""


@dataclass(frozen=True)
class Result:
    """The cost of landing a full topic, from the partitions' assignment to the last object."""

    messages: int
    format: str
    objects: int
    seconds: float
    cpu_seconds: float
    """CPU time of the lander's process, all threads; without broker and store."""
    messages_per_s: float
    messages_per_cpu_s: float


def bench_landing(settings: Settings, messages: int, format: str) -> Result:
    """Fill a new topic, then land it below a new prefix."""
    topic = f"bench_{uuid.uuid4().hex[:12]}"
    bootstrap = bootstrap_of(settings)
    try:
        _fill(settings, topic, messages, format)
        with tempfile.TemporaryDirectory(prefix="bench-") as home:
            # not in the prefix of the trades: the next run would process them as real ones
            apart = load_settings(home=home, s3_prefix=f"{settings.s3_prefix}/{topic}".strip("/"))
            return _timed(lander_of(apart, topic, Cadence(), format), messages, format)
    finally:
        for name in (topic, topic + SUFFIX):
            delete_topic(bootstrap, name)


def _fill(settings: Settings, topic: str, messages: int, format: str) -> None:
    bootstrap = bootstrap_of(settings)
    ensure_topics(bootstrap, {topic: PARTITIONS, topic + SUFFIX: 1})
    schema_id = 0
    if format == "avro":
        schema_id = registry_of(settings).register("bench-value", AVRO_SCHEMA)
    sender = producer(bootstrap)
    for n in range(messages):
        trade = _trade(n)
        value = encode_avro(trade, schema_id) if format == "avro" else encode_json(trade)
        while True:
            try:
                sender.produce(topic, value, key=trade.symbol)
                break
            except BufferError:
                sender.poll(0.1)
    sender.flush()


def _trade(n: int) -> TradeMessage:
    at = START + n * SPACING
    return TradeMessage(
        "binance",
        SYMBOLS[n * 7 % len(SYMBOLS)],
        str(n),
        at,
        f"{60_000 + n % 9_973 / 100:.2f}",
        f"{(n % 1_009 + 1) / 1_000:.3f}",
        "buyer" if n % 2 else "seller",
        received_at=at + 1_500,
    )


def _timed(lander: Lander, messages: int, format: str) -> Result:
    began: list[tuple[float, float]] = []

    def is_done(lander: Lander) -> bool:
        if lander.batches.ends and not began:
            began.append((time.perf_counter(), time.process_time()))
        return lander.has_landed_to_the_end()

    lander.run(is_done)
    ((wall, cpu),) = began
    seconds, cpu_seconds = time.perf_counter() - wall, time.process_time() - cpu
    landed = lander.progress.good
    if landed != messages:
        raise RuntimeError(f"{landed:,} of {messages:,} messages landed as trades")
    return Result(
        messages,
        format,
        lander.progress.objects,
        round(seconds, 3),
        round(cpu_seconds, 3),
        round(messages / seconds),
        round(messages / cpu_seconds),
    )
