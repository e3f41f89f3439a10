"""`tapewatch live`: a simulated market flows through the running servers, a line a second."""

import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime

from duckdb import DuckDBPyConnection

from assets.landing.kafka.broker import bootstrap_of, ensure_topics, producer
from assets.landing.kafka.dead_letters import SUFFIX
from assets.landing.kafka.objects import LandedObject, kafka_objects
from assets.landing.messages import encode_json
from assets.simulation.kafka_stream import KafkaStream
from assets.simulation.live_trades import LiveTrades
from assets.transform import create_tables
from orchestration.command_line.landing import PARTITIONS
from orchestration.command_line.output import console
from orchestration.command_line.processes import Processes, environment_of, start_stream
from orchestration.lake import Lake
from orchestration.settings import Settings
from orchestration.window import EPOCH

# of market made at once: the next begins where it ends
CHAPTER_SECONDS = 600


@dataclass
class Progress:
    """How far the stream has come: what a line tells."""

    sent: int = 0
    landed: int = 0
    judged_until: datetime | None = None
    trades: int = 0
    alerts: int = 0
    clock: datetime = EPOCH
    partitions: dict[int, LandedObject] = field(default_factory=dict)


def live(settings: Settings, rate: int, seconds: int | None, seed: int, ui_port: int) -> None:
    """Send, land, judge until the time is over or Ctrl-C; everything lands in the real lake."""
    lake, bootstrap, topic = Lake(settings), bootstrap_of(settings), settings.kafka_topic
    ensure_topics(bootstrap, {topic: PARTITIONS, topic + SUFFIX: 1})
    create_tables(lake)
    logs = settings.root / "logs"
    console.print(
        f"Dagster: http://127.0.0.1:{ui_port}/runs, logs: {logs}", highlight=False, soft_wrap=True
    )
    sender = KafkaStream(producer(bootstrap), topic, encode_json)
    with Processes(logs, environment_of(settings)) as processes, lake.connect() as connection:
        start_stream(processes, settings, ui_port=ui_port)
        with ThreadPoolExecutor(1) as executor:
            sending = executor.submit(_send, sender, rate, seconds, seed)
            try:
                _watch(lake, connection, sender, processes, sending)
            except KeyboardInterrupt:
                console.print("stopping…")
            finally:
                sender.stopping.set()


def _send(sender: KafkaStream, rate: int, seconds: int | None, seed: int) -> None:
    left = seconds
    while not sender.stopping.is_set() and left != 0:
        chapter = min(CHAPTER_SECONDS, left or CHAPTER_SECONDS)
        trades = LiveTrades(seed, rate, chapter)
        sender.run(trades.messages(time.time_ns() // 1_000), rate)
        seed += 1
        left = None if left is None else left - chapter


def _watch(
    lake: Lake,
    connection: DuckDBPyConnection,
    sender: KafkaStream,
    processes: Processes,
    sending: Future[None],
) -> None:
    """A line a second until the sender has ended and all that it sent has been judged."""
    before = looked(lake, connection, Progress(), 0)
    first = before.trades
    while True:
        time.sleep(1)
        processes.check()
        now = looked(lake, connection, before, sender.confirmed)
        console.print(line(now, before), highlight=False)
        if sending.done():
            sending.result()
            if now.trades - first >= now.sent:
                return
        before = now


def looked(
    lake: Lake, connection: DuckDBPyConnection, before: Progress, confirmed: int
) -> Progress:
    """How far the stream is now."""
    after = {partition: one.key for partition, one in before.partitions.items()}
    new = kafka_objects(lake.objects, lake.settings.kafka_topic, after)
    judged_until, alerts = connection.execute(
        """
        select
            (select max(window_end_at) from lake.ops.windows),
            (select count(*) from lake.alerts.alerts where status <> 'superseded')
        """
    ).fetchall()[0]
    return Progress(
        sent=confirmed,
        landed=before.landed + sum(one.rows for one in new),
        judged_until=judged_until,
        trades=_trades(connection),
        alerts=alerts,
        clock=datetime.now(UTC).replace(tzinfo=None),
        partitions=before.partitions | {one.partition: one for one in new},
    )


def _trades(connection: DuckDBPyConnection) -> int:
    return connection.execute("select count(*) from lake.core.trades").fetchall()[0][0]


def line(now: Progress, before: Progress) -> str:
    """Rates in trades a second, and how far the alerts are behind the clock."""
    passed = (now.clock - before.clock).total_seconds()
    judged = "nothing judged yet"
    if now.judged_until:
        judged = f"judged {(now.clock - now.judged_until).total_seconds():.1f} s behind the clock"
    return (
        f"{now.clock:%H:%M:%S}  sent {(now.sent - before.sent) / passed:>7,.0f}/s  "
        f"landed {(now.landed - before.landed) / passed:>7,.0f}/s  "
        f"in the lake {(now.trades - before.trades) / passed:>7,.0f}/s ({now.trades:,})  "
        f"{judged:<29}  alerts {now.alerts:,}"
    )
