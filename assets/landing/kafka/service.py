"""`tapewatch land`: land a Kafka topic as objects until it is stopped."""

import hashlib
import logging
import signal
import tempfile
from pathlib import Path

from confluent_kafka import Consumer, KafkaError

from assets.lake.objects.object_store import ObjectStore, object_store
from assets.lake.settings import Settings
from assets.landing.kafka.broker import bootstrap_of, ensure_topics
from assets.landing.kafka.cadence import Cadence
from assets.landing.kafka.dead_letters import SUFFIX, DeadLetters
from assets.landing.kafka.lander import Lander
from assets.landing.kafka.progress import Progress
from assets.landing.kafka.registry import SchemaRegistry, registry_of
from assets.landing.writer import put_columns

PARTITIONS = 3
log = logging.getLogger("tapewatch.land")


def lander_of(settings: Settings, topic: str, cadence: Cadence, format: str) -> Lander:
    """A lander for the broker, registry and store of the settings; creates its topics."""
    bootstrap = bootstrap_of(settings)
    # json needs no registry; without one, auto lands Avro as bad messages with that reason
    registry = (
        registry_of(settings) if format == "avro" else SchemaRegistry(settings.schema_registry)
    )
    store = object_store(settings)
    settings.scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="landing-", dir=settings.scratch) as folder:
        put_columns(store, Path(folder))
    ensure_topics(bootstrap, {topic: PARTITIONS, topic + SUFFIX: 1})
    return Lander(
        topic,
        consumer(bootstrap, topic, store),
        store,
        registry,
        DeadLetters.of(bootstrap, topic),
        Progress(topic),
        cadence,
        format,
        settings.scratch,
    )


def land(settings: Settings, lander: Lander, *, until_end: bool, metrics_port: int | None) -> None:
    """Land until SIGTERM or SIGINT, or until the present end of the topic."""
    # our loggers only: boto's DEBUG contains tokens and signatures, httpx's INFO whole URLs
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("tapewatch").setLevel(settings.log_level)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: lander.stopping.set())
    if metrics_port is not None:
        lander.progress.serve(metrics_port)
    lander.run(Lander.has_landed_to_the_end if until_end else lambda _: False)


def consumer(bootstrap: str, topic: str, store: ObjectStore) -> Consumer:
    """A consumer in the group of one topic and store: two stores must not share partitions."""
    place = hashlib.sha256(store.path("").encode()).hexdigest()[:8]
    return Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": f"tapewatch.land.{topic}.{place}",
            "partition.assignment.strategy": "cooperative-sticky",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "session.timeout.ms": 10_000,
            # a few fetches per second: one per batch of the producer takes a third of landing's
            # time
            "fetch.wait.max.ms": 200,
            "fetch.min.bytes": 100_000,
            "queued.max.messages.kbytes": 65_536,
            "error_cb": _log_error,
        }
    )


def _log_error(error: KafkaError) -> None:
    log.warning("broker: %s", error.str())
