"""`tapewatch bench latency`: from the record that closes a cell to the commit of its alert."""

import os
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import dagster as dg
import numpy as np
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
from duckdb import DuckDBPyConnection
from psycopg.conninfo import make_conninfo

from assets.lake.lake import Lake
from assets.lake.settings import Settings, SettingsError, load_settings
from assets.landing.kafka.broker import bootstrap_of, delete_topic, ensure_topics, producer
from assets.landing.kafka.dead_letters import SUFFIX
from assets.landing.kafka.objects import kafka_objects
from assets.landing.kafka.service import PARTITIONS
from assets.landing.messages import TradeMessage, encode_json
from assets.market.window import EPOCH, ONE_HOUR, floor
from assets.simulation.kafka_stream import KafkaStream
from assets.simulation.live_trades import LiveTrades
from orchestration import dagster_home
from orchestration.command_line.output import errors
from orchestration.command_line.planting import (
    large_orders,
    last_prices,
    microseconds,
    with_plants,
    write_past,
)
from orchestration.command_line.processes import (
    Processes,
    environment_of,
    start_stream,
    wait_until,
)
from sensors.closed_windows import UNFINISHED
from sensors.stream_plan import GRAIN, OUT_OF_ORDER

WARM_UP_SECONDS = 10
PAST = timedelta(hours=12)
PAST_RATE = 10.0
SEED = 1
START_SECONDS = 120.0
SETTLE_SECONDS = 300.0


@dataclass(frozen=True)
class Latency:
    """Counts of sent and stored trades, and the seconds from closing record to commit."""

    warm: bool
    rate: float
    seconds: float
    sent: int
    stored: int
    lost: int
    duplicated: int
    planted: int
    alerted: int
    p50_s: float | None
    p95_s: float | None
    p99_s: float | None
    max_s: float | None
    cpu_s_per_s: float
    """For lander, run workers, daemon, code server; without broker, store, catalog, producer."""
    resident_gb: float


def bench_latency(settings: Settings, rate: int, seconds: int, *, warm: bool) -> Latency:
    """Run the whole path on a new topic, prefix and databases, which are deleted at the end."""
    with apart(settings, warm=warm) as own:
        # dagster.yaml takes its database from a variable, which this process reads too
        os.environ |= environment_of(own)
        lake = Lake(own)
        begins_at = event_time(timedelta(seconds=WARM_UP_SECONDS + seconds))
        errors.print("a past of half a day…", highlight=False)
        write_past(lake, begins_at, seed=SEED, rate=PAST_RATE, length=PAST)
        with lake.connect() as connection:
            orders = list(large_orders(connection).values())
            prices = last_prices(connection)
        if not orders:
            raise SettingsError(
                "no market of the past has a tail of orders: nothing can be planted"
            )
        with Processes(own.root / "logs", environment_of(own)) as processes:
            trades = LiveTrades(SEED + 1, rate, WARM_UP_SECONDS + seconds, prices)
            return _measured(lake, processes, orders, trades, begins_at, rate, seconds)


def event_time(needed: timedelta) -> datetime:
    """The first time of the stream's trades: now, or earlier so that all fall within one hour.

    At an hour's end the detector learns from the orders that were planted in it. The trades' times
    start here, however long starting takes: latency is measured by the broker's clock alone.
    """
    now = floor(datetime.now(UTC).replace(tzinfo=None), GRAIN)
    if needed > ONE_HOUR:
        raise SettingsError(f"--seconds: at most {ONE_HOUR.total_seconds() - WARM_UP_SECONDS:g}")
    hour = floor(now, ONE_HOUR)
    return now if now + needed <= hour + ONE_HOUR else hour


@contextmanager
def apart(settings: Settings, *, warm: bool) -> Iterator[Settings]:
    """The settings with a new home, prefix, topic and databases, which are deleted at the end."""
    if settings.catalog is None or settings.dagster_database is None:
        raise SettingsError(
            "this needs running servers: set TAPEWATCH_CATALOG and "
            "TAPEWATCH_DAGSTER_DATABASE (infra/services.sh up writes a file to source)"
        )
    name = f"bench_{uuid.uuid4().hex[:12]}"
    catalog = settings.catalog.get_secret_value()
    bootstrap = bootstrap_of(settings)
    databases = {f"{name}_lake", f"{name}_dagster"}
    with psycopg.connect(catalog, autocommit=True) as connection:
        for database in databases:
            connection.execute(f'create database "{database}"'.encode())
    ensure_topics(bootstrap, {name: PARTITIONS, name + SUFFIX: 1, f"{name}_alerts": 1})
    runs = settings.dagster_database.get_secret_value().rpartition("/")[0]
    try:
        with TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as home:
            yield load_settings(
                home=Path(home),
                s3_prefix=f"{settings.s3_prefix}/{name}".strip("/"),
                catalog=make_conninfo(catalog, dbname=f"{name}_lake"),
                dagster_database=f"{runs}/{name}_dagster",
                kafka_topic=name,
                kafka_alert_topic=f"{name}_alerts",
                warm_runs=warm,
            )
    finally:
        for topic in (name, name + SUFFIX, f"{name}_alerts"):
            delete_topic(bootstrap, topic)
        with psycopg.connect(catalog, autocommit=True) as connection:
            for database in databases:
                connection.execute(f'drop database "{database}" with (force)'.encode())


def _measured(
    lake: Lake,
    processes: Processes,
    orders: list[TradeMessage],
    trades: LiveTrades,
    begins_at: datetime,
    rate: int,
    seconds: int,
) -> Latency:
    settings = lake.settings
    sender = KafkaStream(producer(bootstrap_of(settings)), settings.kafka_topic, encode_json)
    messages = trades.messages(microseconds(begins_at))
    start_stream(processes, settings)
    with lake.connect() as connection:
        errors.print(f"starting, and {WARM_UP_SECONDS} s of trades to warm up…", highlight=False)
        warm_up = sender.run(islice(messages, WARM_UP_SECONDS * rate), rate)
        wait_until(
            processes,
            lambda: stored(connection, begins_at) == warm_up.sent,
            START_SECONDS,
            "the first windows of the stream are in the lake",
        )
        errors.print(f"{rate:,} trades a second for {seconds} s…", highlight=False)
        planted: list[TradeMessage] = []
        used, began = processes.cpu_seconds(), time.monotonic()
        streamed = sender.run(with_plants(messages, orders, planted), rate + 1)
        cpu_s_per_s = (processes.cpu_seconds() - used) / (time.monotonic() - began)
        resident_gb = processes.resident_gb()
        sent = warm_up.sent + streamed.sent
        wait_until(
            processes,
            lambda: stored(connection, begins_at) >= sent,
            SETTLE_SECONDS,
            f"all of {sent:,} trades are in the lake",
        )
        wait_until(
            processes,
            lambda: different(connection, begins_at) >= sent,
            SETTLE_SECONDS,
            "the trades in the lake are all different ones",
        )
        with dagster_home.instance(settings) as instance:
            wait_until(
                processes,
                lambda: not instance.get_run_records(dg.RunsFilter(statuses=UNFINISHED), limit=1),
                SETTLE_SECONDS,
                "the last run has ended",
            )
            commits = commit_times(connection, instance, planted)
        rows, distinct = stored(connection, begins_at), different(connection, begins_at)
    closings = closing_times(lake, planted)
    latencies = [commits[id] - closings[id] for id in closings if id in commits]
    p50, p95, p99, slowest = (
        np.round(np.quantile(latencies, (0.5, 0.95, 0.99, 1.0)), 2).tolist()
        if latencies
        else (None,) * 4
    )
    return Latency(
        warm=settings.warm_runs,
        rate=rate,
        seconds=seconds,
        sent=sent,
        stored=distinct,
        lost=sent - distinct,
        duplicated=rows - distinct,
        planted=len(planted),
        alerted=len(commits),
        p50_s=p50,
        p95_s=p95,
        p99_s=p99,
        max_s=slowest,
        cpu_s_per_s=round(cpu_s_per_s, 3),
        resident_gb=round(resident_gb, 2),
    )


def stored(connection: DuckDBPyConnection, since: datetime) -> int:
    """Count of core.trades since an instant; called repeatedly, so it must be cheap."""
    counted = "select count(*) from lake.core.trades where traded_at >= ?"
    return connection.execute(counted, [since]).fetchall()[0][0]


def different(connection: DuckDBPyConnection, since: datetime) -> int:
    """Count of distinct trades since an instant."""
    return connection.execute(
        "select count(distinct (venue, symbol, trade_id)) from lake.core.trades "
        "where traded_at >= ?",
        [since],
    ).fetchall()[0][0]


def commit_times(
    connection: DuckDBPyConnection, instance: dg.DagsterInstance, planted: Sequence[TradeMessage]
) -> dict[str, float]:
    """The commit time of each planted order's alert, seconds since 1970, by trade id.

    The run that wrote the order's hit logs its alerts right after their commit.
    """
    hits = connection.execute(
        "select venue, symbol, cell_start_at, run_id from lake.alerts.hits "
        "where detector = 'large_order'"
    ).fetchall()
    runs = {(venue, symbol, start_at): run_id for venue, symbol, start_at, run_id in hits}
    committed_at: dict[str, float] = {}
    for run_id in set(runs.values()):
        entries = instance.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION)
        if entries:
            committed_at[run_id] = max(entry.timestamp for entry in entries)
    times: dict[str, float] = {}
    for one in planted:
        at = EPOCH + timedelta(microseconds=one.traded_at)
        run_id = runs.get((one.venue, one.symbol, floor(at, GRAIN)))
        if run_id in committed_at:
            times[one.trade_id] = committed_at[run_id]
    return times


def closing_times(lake: Lake, planted: Sequence[TradeMessage]) -> dict[str, float]:
    """The broker's time of the first record that closed each planted order's cell.

    A cell closes when each partition has a trade two seconds (the time by which trades may be out
    of order) after the cell's end.
    """
    chains: dict[int, tuple[list[int], list[int]]] = {}
    for one in kafka_objects(lake.objects, lake.settings.kafka_topic, {}):
        rows = pq.ParquetFile(pa.BufferReader(lake.objects.read(one.key))).read()
        good = rows.filter(rows["error"].is_null())
        traded, taken = chains.setdefault(one.partition, ([], []))
        traded += good["traded_at"].cast(pa.int64()).to_pylist()
        taken += good["broker_at"].to_pylist()
    grain, wait = microseconds(EPOCH + GRAIN), microseconds(EPOCH + OUT_OF_ORDER)
    reached = {one.trade_id: one.traded_at // grain * grain + grain + wait for one in planted}
    closings = dict.fromkeys(reached, -np.inf)
    for traded, taken in chains.values():
        furthest = np.maximum.accumulate(np.array(traded))
        for id, at in reached.items():
            place = np.searchsorted(furthest, at)
            # the last cells close without a record, when the stream is idle
            closed = taken[place] / 1_000 if place < len(taken) else np.inf
            closings[id] = max(closings[id], closed)
    return {id: at for id, at in closings.items() if np.isfinite(at)}
