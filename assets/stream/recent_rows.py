"""The latest rows of the lake in memory, from one window of a stream to the next.

A window looks back mostly on what the windows before it wrote. In the lake that is a small object a
window and table, each to be found in the catalog and opened; in memory it is one table. What is
older is read from the lake behind it, so a look-back is right however far it reaches.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from duckdb import DuckDBPyConnection

from assets.alerts.tables import ALERTS
from assets.detection.tables import HITS
from assets.lake.connection import ALIAS
from assets.lake.lake import Lake
from assets.lake.snapshots import changed_since, table_ids
from assets.lake.source import in_lake
from assets.lake.tables import Table
from assets.market.window import Window
from assets.stream import named_trades
from assets.stream.in_memory import IN_MEMORY, WITH_OLDER, attach
from assets.stream.named_trades import NamedTrades
from assets.transform.compiled_models import Model
from assets.transform.tables import LANDED_OBJECTS, NORMALISED_WINDOWS

TRADES = "core.trades"
# What most windows read, and what that is computed from: its time, and how far a reader looks
# back, and an hour more. A span too short costs time, a missing parent the right rows.
SPANS = {
    "features.bars_1s": ("cell_start_at", timedelta(hours=3)),
    "features.bars_5s": ("cell_start_at", timedelta(hours=5)),
    "features.price_falls_5s": ("cell_start_at", timedelta(hours=5)),
    "features.price_volatility_5m": ("cell_start_at", timedelta(hours=5)),
    "features.rush_baselines_1m": ("cell_start_at", timedelta(hours=3)),
    "features.pump_inputs_5s": ("cell_start_at", timedelta(hours=5)),
    "features.price_jumps_5s": ("cell_start_at", timedelta(hours=2)),
    "features.price_bursts_1m": ("cell_start_at", timedelta(hours=2)),
    "features.price_runs_5m": ("cell_start_at", timedelta(hours=2)),
    "features.reference_moves_5m": ("cell_start_at", timedelta(hours=2)),
    "features.bars_1m": ("cell_start_at", timedelta(hours=50)),
    "features.bars_5m": ("cell_start_at", timedelta(hours=25)),
    "features.order_sizes_1h": ("cell_start_at", timedelta(hours=3)),
    "features.order_size_tails_1h": ("cell_start_at", timedelta(hours=3)),
    "features.order_growth_5m": ("cell_start_at", timedelta(hours=25)),
    "features.growing_orders_5m": ("cell_start_at", timedelta(hours=2)),
    "features.round_trips_5m": ("cell_start_at", timedelta(hours=25)),
    "features.account_round_trips_5m": ("cell_start_at", timedelta(hours=2)),
    "features.account_self_trades_5m": ("cell_start_at", timedelta(hours=2)),
    "features.owner_self_trades_5m": ("cell_start_at", timedelta(hours=2)),
    "features.price_rises_5m": ("cell_start_at", timedelta(hours=3)),
    "features.pump_accounts_5m": ("cell_start_at", timedelta(hours=2)),
    "features.price_moves_1m": ("cell_start_at", timedelta(hours=2)),
    "features.leading_takers_1m": ("cell_start_at", timedelta(hours=2)),
    "features.bars_1h": ("cell_start_at", timedelta(days=29)),
    HITS.name: ("cell_start_at", timedelta(hours=24)),
    ALERTS.name: ("first_hit_start_at", timedelta(hours=24)),
}


@dataclass(frozen=True)
class RecentRows:
    """Which rows are in memory: from when on, until when, and as of which snapshot."""

    since: Mapping[str, datetime]
    table_ids: frozenset[int]
    snapshot_id: int
    end_at: datetime
    objects: Mapping[str, datetime]
    """Those of the ledger that may hold later trades, each with its last trade's time."""
    named: NamedTrades
    """Which trades that name an account are in memory."""

    def __call__(self, table: str, since: datetime) -> str:
        """The relation with a table's rows from a time on: a `Source`.

        Of trades that is the lake: memory has a window's own while its features are computed.
        """
        if table not in self.since:
            return in_lake(table, since)
        return f"{IN_MEMORY if self.since[table] <= since else WITH_OLDER}.{table}"


def load_recent(
    connection: DuckDBPyConnection,
    written: Sequence[Model],
    named: Model,
    snapshot_id: int,
    end_at: datetime,
    objects: Mapping[str, datetime],
) -> RecentRows:
    """Read the latest rows into memory; nobody may write to the lake meanwhile.

    Parameters
    ----------
    written
        The models that a window writes.
    named
        The one of trades that name an account.
    end_at
        The end of the last normalised window.
    objects
        Those of the ledger with later trades.
    """
    attach(connection)
    since = {name: end_at - span for name, (_, span) in SPANS.items()}
    for table in (*(model.table for model in written), HITS, ALERTS):
        if table.name in SPANS:
            time, _ = SPANS[table.name]
            begin = f"timestamp '{since[table.name]}'"
            _make(connection, table)
            _join(connection, table.name, time, begin)
            connection.execute(
                f"insert into {IN_MEMORY}.{table.name} "
                f"select * from {ALIAS}.{table.name} where {time} >= {begin}"
            )
        elif table.name == TRADES:
            # a window reads its own trades alone
            _make(connection, table)
            _join(connection, table.name, "traded_at", "getvariable('window_start')")
    ids = table_ids(connection, [*since, NORMALISED_WINDOWS.name, LANDED_OBJECTS.name])
    trades = named_trades.load(connection, named, end_at)
    return RecentRows(since, frozenset(ids.values()), snapshot_id, end_at, objects, trades)


def _make(connection: DuckDBPyConnection, table: Table) -> None:
    schema = table.name.partition(".")[0]
    for database in (IN_MEMORY, WITH_OLDER):
        connection.execute(f"create schema if not exists {database}.{schema}")
    connection.execute(
        f"create or replace table {IN_MEMORY}.{table.name} ({', '.join(table.columns)})"
    )


def _join(connection: DuckDBPyConnection, table: str, time: str, begin: str) -> None:
    connection.execute(
        # of an older row that was revised the lake has the latest too
        f"create or replace view {WITH_OLDER}.{table} as "
        f"select * from {IN_MEMORY}.{table} where {time} >= {begin} "
        f"union all select * from {ALIAS}.{table} where {time} < {begin}"
    )


def is_in_memory(table: str) -> bool:
    """Whether a window's rows of a table are in memory."""
    return table in SPANS or table == TRADES


def may_have_rows(
    connection: DuckDBPyConnection, recent: RecentRows, model: Model, window: Window
) -> bool:
    """Whether a model that a window computes can have rows, by what they come of.

    A parent that the model names for this is in memory for longer than the model looks back.
    """
    if not recent.named.may_have_rows(model, window):
        return False
    if model.rows_come_of == model.parents:
        return True
    sources = [f"features.{name}" for name in model.rows_come_of]
    return not all(name in SPANS for name in sources) or any(
        connection.execute(f"select 1 from {IN_MEMORY}.{name} limit 1").fetchall()
        for name in sources
    )


def reading_recent(sql: str, recent: RecentRows) -> str:
    """A compiled model's SQL, reading the rows in memory and older ones from the lake."""

    def relation(found: re.Match[str]) -> str:
        table = f"{found[1]}.{found[2]}"
        return f"{WITH_OLDER if is_in_memory(table) else ALIAS}.{table}"

    return re.sub(r'"lake"\."(\w+)"\."(\w+)"', relation, recent.named.reading(sql))


def clear_trades(connection: DuckDBPyConnection) -> None:
    """Delete a window's own trades from memory: the lake has them."""
    connection.execute(f"truncate {IN_MEMORY}.{TRADES}")


def trim(connection: DuckDBPyConnection, recent: RecentRows) -> RecentRows:
    """Drop what no window reaches any more: objects, and rows when they are many."""
    since = dict(recent.since)
    for name, (time, span) in SPANS.items():
        if recent.end_at - since[name] > 1.25 * span:
            since[name] = recent.end_at - span
            begin = f"timestamp '{since[name]}'"
            connection.execute(
                f"create or replace table {IN_MEMORY}.{name} as "
                f"select * from {IN_MEMORY}.{name} where {time} >= {begin}"
            )
            _join(connection, name, time, begin)
    objects = {key: last for key, last in recent.objects.items() if last >= recent.end_at}
    named = named_trades.trim(connection, recent.named, recent.end_at)
    return replace(recent, since=since, objects=objects, named=named)


def is_current(lake: Lake, connection: DuckDBPyConnection, recent: RecentRows) -> bool:
    """Whether nobody else has since written to a table whose rows are in memory."""
    changed = changed_since(lake, connection, recent.snapshot_id)
    return changed is not None and recent.table_ids.isdisjoint(changed)
