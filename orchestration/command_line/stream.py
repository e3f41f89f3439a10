"""`tapewatch stream`: send a venue's live trades to Kafka until it is stopped."""

import asyncio
import logging
import signal
from dataclasses import asdict

from assets.lake.settings import Settings, SettingsError
from orchestration.command_line.fetch import venue_of
from orchestration.command_line.output import print_rows


def stream_trades(
    settings: Settings, venue_name: str, symbols: list[str], *, style: str, as_json: bool
) -> None:
    """Stream until SIGTERM or SIGINT; StreamError if the venue or the broker refuses."""
    from assets.landing.kafka.broker import bootstrap_of, ensure_topics
    from assets.landing.kafka.dead_letters import SUFFIX
    from assets.landing.kafka.service import PARTITIONS
    from assets.landing.venues.stream import Streamed

    venue = venue_of(venue_name)
    bootstrap = bootstrap_of(settings)
    if style == "avro" and settings.schema_registry is None:
        raise SettingsError("--format avro needs TAPEWATCH_SCHEMA_REGISTRY, the registry's URL")
    logging.basicConfig(
        level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    topic = settings.kafka_topic
    ensure_topics(bootstrap, {topic: PARTITIONS, topic + SUFFIX: 1})

    async def run() -> Streamed:
        from assets.landing.kafka.broker import producer
        from assets.landing.venues.exchange import open_exchange
        from assets.landing.venues.outbox import Outbox
        from assets.landing.venues.stream import LiveStream
        from assets.simulation.message_encoding import encoder

        url = settings.venue_url(venue.name)
        stream = LiveStream(
            venue,
            open_exchange(venue, url, live=True),
            open_exchange(venue, url),
            Outbox(producer(bootstrap), topic),
            encoder(style, settings.schema_registry),
        )
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stream.stop)
        return await stream.run(symbols)

    streamed = asyncio.run(run())
    row = {"venue": venue.name, "symbols": " ".join(symbols)} | asdict(streamed)
    if not as_json:
        row["open_gaps"] = len(streamed.open_gaps)
    print_rows([row], title="streamed; next: tapewatch land", as_json=as_json)
