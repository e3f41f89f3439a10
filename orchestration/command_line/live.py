"""`tapewatch live`: send a simulated market through the servers, print a line per second."""

import getpass
import os
import time
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from duckdb import DuckDBPyConnection

from assets.cases.deciding import USER
from assets.lake.lake import Lake
from assets.lake.settings import Settings
from assets.landing.kafka.broker import bootstrap_of, ensure_topics, producer
from assets.landing.kafka.dead_letters import SUFFIX
from assets.landing.kafka.objects import LandedObject, kafka_objects
from assets.landing.kafka.service import PARTITIONS
from assets.landing.messages import TradeMessage, encode_json
from assets.market.window import EPOCH, ONE_HOUR, floor
from assets.simulation.kafka_stream import KafkaStream
from assets.simulation.live_trades import LiveTrades
from assets.simulation.venues import VENUES
from assets.tables import create_tables
from orchestration.command_line.output import console
from orchestration.command_line.plain_text import said
from orchestration.command_line.planting import large_orders, last_prices, with_plants, write_past
from orchestration.command_line.processes import Processes, environment_of, start_stream

# seconds of market simulated at once; the next part begins where it ends
CHAPTER_SECONDS = 600
# the order detector learns from 2,000 seconds with a trade, of full hours
PAST = timedelta(minutes=40)
BETWEEN_ORDERS = timedelta(seconds=20)
# two periods of the lander: a rate over a shorter time would jump
RATES_OVER_SECONDS = 7


@dataclass
class Progress:
    """The stream's progress, as printed in a line."""

    sent: int = 0
    landed: int = 0
    judged_until: datetime | None = None
    trades: int = 0
    alerts: int = 0
    clock: datetime = EPOCH
    partitions: dict[int, LandedObject] = field(default_factory=dict)


def live(
    settings: Settings, rate: int, seconds: int | None, seed: int, *, ui_port: int, desk_port: int
) -> None:
    """Send, land and judge until the time is over or Ctrl-C; everything lands in the real lake."""
    ui = f"http://127.0.0.1:{ui_port}"
    if "dagster_url" not in settings.model_fields_set:
        # where the desk asks how Dagster is
        settings = settings.model_copy(update={"dagster_url": ui})
    lake, bootstrap, topic = Lake(settings), bootstrap_of(settings), settings.kafka_topic
    ensure_topics(bootstrap, {topic: PARTITIONS, topic + SUFFIX: 1})
    create_tables(lake)
    orders = orders_to_plant(lake, rate, seed)
    with lake.connect() as connection:
        prices = last_prices(connection)
    logs = settings.root / "logs"
    console.print(said(f"Dagster: {ui}/runs, logs: {logs}"), soft_wrap=True)
    page = f"http://127.0.0.1:{desk_port}/desk/live"
    console.print(said(page, "bold", label="live page:"), soft_wrap=True)
    sender = KafkaStream(producer(bootstrap), topic, encode_json)
    # who looks at the desk of a simulated market sits at this machine
    person = {USER: os.environ.get(USER) or getpass.getuser()}
    environment = environment_of(settings) | person
    with Processes(logs, environment) as processes, lake.connect() as connection:
        start_stream(processes, settings, ui_port=ui_port, desk_port=desk_port)
        with ThreadPoolExecutor(1) as executor:
            sending = executor.submit(_send, sender, rate, seconds, seed, prices, orders)
            try:
                _watch(lake, connection, sender, processes, sending)
            except KeyboardInterrupt:
                console.print("stopping…")
            finally:
                sender.stopping.set()


def orders_to_plant(lake: Lake, rate: int, seed: int) -> list[TradeMessage]:
    """Orders that raise alerts in the lake's markets; a lake without history gets one first."""
    known = _of_simulated_markets(lake)
    if not known:
        until = floor(datetime.now(UTC).replace(tzinfo=None), ONE_HOUR)
        console.print(
            f"no history yet: {PAST // timedelta(minutes=1)} minutes of the same market, up "
            f"to {until:%H:%M} UTC…",
            highlight=False,
        )
        write_past(lake, until, seed=seed, rate=rate, length=PAST)
        known = _of_simulated_markets(lake)
    if not known:
        console.print(
            f"[yellow]at {rate:,} trades a second no market trades in each second: no large "
            "orders are planted[/yellow]"
        )
    return known


def _of_simulated_markets(lake: Lake) -> list[TradeMessage]:
    with lake.connect() as connection:
        orders = large_orders(connection).values()
    simulated = {venue.name for venue in VENUES}
    return [order for order in orders if order.venue in simulated]


def _send(
    sender: KafkaStream,
    rate: int,
    seconds: int | None,
    seed: int,
    prices: dict[str, float],
    orders: list[TradeMessage],
) -> None:
    left = seconds
    while not sender.stopping.is_set() and left != 0:
        chapter = min(CHAPTER_SECONDS, left or CHAPTER_SECONDS)
        trades = LiveTrades(seed, rate, chapter, prices)
        prices = trades.last_prices
        messages = trades.messages(time.time_ns() // 1_000)
        if orders:
            messages = with_plants(messages, orders, [], BETWEEN_ORDERS)
        sender.run(messages, rate + 1 / BETWEEN_ORDERS.total_seconds())
        seed += 1
        left = None if left is None else left - chapter


def _watch(
    lake: Lake,
    connection: DuckDBPyConnection,
    sender: KafkaStream,
    processes: Processes,
    sending: Future[None],
) -> None:
    """Print a line per second until the sender has ended and all that it sent is judged."""
    seen = deque([looked(lake, connection, Progress(), 0)], maxlen=RATES_OVER_SECONDS)
    first = seen[0].trades
    while True:
        time.sleep(1)
        processes.check()
        now = looked(lake, connection, seen[-1], sender.confirmed)
        console.print(said(line(now, seen[0])))
        if sending.done():
            sending.result()
            if now.trades - first >= now.sent:
                return
        seen.append(now)


def looked(
    lake: Lake, connection: DuckDBPyConnection, before: Progress, confirmed: int
) -> Progress:
    """The stream's current progress."""
    after = {partition: one.key for partition, one in before.partitions.items()}
    new = kafka_objects(lake.objects, lake.settings.kafka_topic, after)
    judged_until, alerts = connection.execute(
        """
        select
            (select max(window_end_at) from lake.ops.normalised_windows),
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
    """Rates in trades per second since `before`, and the alerts' delay behind the clock."""
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
