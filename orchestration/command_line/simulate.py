"""`tapewatch simulate`: write a market of several venues to files or to Kafka."""

import signal
import time
from dataclasses import asdict
from pathlib import Path

from assets.lake.settings import Settings, SettingsError
from orchestration.command_line.output import console, errors, print_json, print_rows
from orchestration.command_line.plain_text import said


def write_files(trades: int, seed: int, out: Path, *, with_orders: bool, as_json: bool) -> None:
    """Write a market's files; print their row counts and the next command."""
    from assets.simulation.market_files import write_market

    market = write_market(trades, seed, out, with_orders=with_orders)
    row = {
        name: str(value) if isinstance(value, Path) else value
        for name, value in asdict(market).items()
    }
    if as_json:
        print_json(row)
        return
    print_rows([row], title="simulated market", as_json=False)
    console.print(said(f"next: tapewatch run --input {market.trades_folder}"))


def simulate_to_kafka(
    settings: Settings,
    seed: int,
    rate: float,
    seconds: int,
    *,
    style: str,
    ledger: Path | None,
    as_json: bool,
) -> None:
    """Send a market to a topic of the settings' broker, each message when it is due."""
    from assets.landing.kafka.broker import bootstrap_of, ensure_topics, producer
    from assets.landing.kafka.dead_letters import SUFFIX
    from assets.landing.kafka.service import PARTITIONS
    from assets.simulation.kafka_stream import KafkaStream
    from assets.simulation.live_trades import LiveTrades
    from assets.simulation.message_encoding import encoder

    bootstrap = bootstrap_of(settings)
    if style == "avro" and settings.schema_registry is None:
        raise SettingsError("--format avro needs TAPEWATCH_SCHEMA_REGISTRY, the registry's URL")
    topic = settings.kafka_topic
    ensure_topics(bootstrap, {topic: PARTITIONS, topic + SUFFIX: 1})
    encode = encoder(style, settings.schema_registry)
    trades = LiveTrades(seed, rate, seconds)
    errors.print(f"{len(trades):,} trades at {rate:,.0f} a second", highlight=False)
    stream = KafkaStream(producer(bootstrap), topic, encode)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stream.stopping.set())
    streamed = stream.run(trades.messages(time.time_ns() // 1_000), rate, ledger)
    row = asdict(streamed) | {"rate_asked": rate}
    if as_json:
        print_json(row)
    else:
        print_rows([row], title=f"topic {topic}", as_json=False)


def serve(settings: Settings, port: int, *, mock_enabled: bool) -> None:
    """Run the producing service until it is stopped; its log is a file below the home."""
    import uvicorn

    from assets.lake.objects.object_store import object_store
    from assets.landing.kafka.broker import ensure_topics
    from assets.landing.kafka.dead_letters import SUFFIX
    from assets.landing.kafka.service import PARTITIONS
    from assets.simulation.message_encoding import encoder
    from assets.simulation.production_log import ProductionLog
    from assets.simulation.service import service
    from assets.simulation.sinks import KafkaSink, LandingSink
    from assets.web.client_limits import CONNECTIONS, HeadLimit

    if settings.kafka_bootstrap is None:
        sink = LandingSink(object_store(settings), settings.scratch)
    else:
        topic = settings.kafka_topic
        ensure_topics(settings.kafka_bootstrap, {topic: PARTITIONS, topic + SUFFIX: 1})
        encode = encoder("avro", settings.schema_registry)
        sink = KafkaSink(settings.kafka_bootstrap, topic, encode)
    log = ProductionLog(settings.root / "simulation" / "produced.sqlite")
    uvicorn.run(
        service(sink, log, mock_enabled=mock_enabled),
        port=port,
        log_level="warning",
        http=HeadLimit,
        limit_concurrency=CONNECTIONS,
    )
