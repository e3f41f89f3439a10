"""Every trade that the service was asked to produce, and its outcome, in a SQLite file."""

import json
import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path as FilePath
from typing import Any

from assets.simulation.mock_market import Label
from assets.simulation.trade_requests import TradeRequest

SCHEMA = """
create table if not exists trades (
    trade_id text primary key,
    asked_at text not null,
    outcome text not null check (outcome in ('asked', 'produced', 'failed')),
    error text,
    user_id text,
    customer_id text,
    symbol text,
    side text,
    quantity text,
    price text,
    notional text,
    order_type text,
    exchange text,
    wallet_address text
);
create index if not exists trades_by_outcome on trades (outcome, asked_at);
create table if not exists planted_episodes (
    number integer primary key,
    episode_id text unique not null,
    pattern text not null,
    typology text not null,
    symbol text not null,
    exchange text not null,
    severity text not null,
    plan text not null,
    planned_trade_count integer not null
);
create table if not exists planted_trades (
    episode_id text not null,
    trade_id text not null,
    primary key (episode_id, trade_id)
) without rowid;
"""
LABELS = """
with latest as (select * from planted_episodes order by number desc limit ?)

select
    latest.episode_id as "episodeId",
    latest.pattern,
    latest.typology,
    latest.symbol,
    latest.exchange,
    latest.severity,
    latest.plan,
    latest.planned_trade_count as "plannedTradeCount",
    count(trades.trade_id) as "tradeCount",
    min(trades.asked_at) as "firstTradeAt",
    max(trades.asked_at) as "lastTradeAt",
    json_group_array(distinct trades.user_id) filter (where trades.user_id is not null) as users
from latest
left join planted_trades using (episode_id)
left join trades on trades.trade_id = planted_trades.trade_id and trades.outcome = 'produced'
group by latest.number
order by latest.number desc
"""


@dataclass(frozen=True)
class Totals:
    """Counts of requested trades over all runs of the service, by outcome."""

    asked: int
    produced: int
    failed: int
    last_produced_at: datetime | None


class ProductionLog:
    """The log in one file, which persists when the service stops.

    A trade is logged before it is sent: one that is still `asked` after a crash may or may not have
    been produced.
    """

    def __init__(self, path: FilePath) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False)
        self._connection.execute("pragma journal_mode = wal")
        self._connection.executescript(SCHEMA)

    def ask(self, trades: Sequence[tuple[str, TradeRequest]], at: datetime) -> None:
        """Write trades with their ids before they are sent."""
        rows = [
            (trade_id, at.isoformat(), one.userId, one.customerId, one.symbol, one.side,
             f"{one.quantity:f}", f"{one.price:f}", f"{one.notional:f}", one.orderType,
             one.exchange, one.walletAddress)
            for trade_id, one in trades
        ]  # fmt: skip
        with self._lock, self._connection:
            self._connection.executemany(
                "insert into trades (trade_id, asked_at, outcome, user_id, customer_id, symbol, "
                "side, quantity, price, notional, order_type, exchange, wallet_address) "
                "values (?, ?, 'asked', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                rows,
            )

    def settle(self, trade_ids: Sequence[str], error: str | None = None) -> None:
        """Record that trades were produced, or why not."""
        outcome = "produced" if error is None else "failed"
        with self._lock, self._connection:
            self._connection.executemany(
                "update trades set outcome = ?, error = ? where trade_id = ?",
                [(outcome, error, trade_id) for trade_id in trade_ids],
            )

    def refuse(self, trade_id: str, at: datetime, error: str) -> None:
        """Record a request that was not a trade."""
        with self._lock, self._connection:
            self._connection.execute(
                "insert into trades (trade_id, asked_at, outcome, error) "
                "values (?, ?, 'failed', ?)",
                (trade_id, at.isoformat(), error),
            )

    def label(self, label: Label, trade_ids: Sequence[str]) -> None:
        """Write that trades belong to a planted abuse."""
        episode = (label.episode_id, label.pattern, label.typology, *label.market,
                   label.severity, label.plan, label.trade_count)  # fmt: skip
        with self._lock, self._connection:
            self._connection.execute(
                "insert or ignore into planted_episodes (episode_id, pattern, typology, symbol, "
                "exchange, severity, plan, planned_trade_count) values (?, ?, ?, ?, ?, ?, ?, ?)",
                episode,
            )
            self._connection.executemany(
                "insert into planted_trades values (?, ?)",
                [(label.episode_id, trade_id) for trade_id in trade_ids],
            )

    def labels(self, limit: int) -> list[dict[str, Any]]:
        """The latest planted abuses: the plan, and what of it was produced, when and by whom."""
        with self._lock:
            found = self._connection.execute(LABELS, (limit,))
            names = [column[0] for column in found.description]
            rows = [dict(zip(names, row, strict=True)) for row in found]
        return [row | {"users": sorted(json.loads(row["users"]))} for row in rows]

    def totals(self) -> Totals:
        """Counts over all requests."""
        with self._lock:
            asked, produced, failed, last = self._connection.execute(
                "select count(*), count(*) filter (where outcome = 'produced'), "
                "count(*) filter (where outcome = 'failed'), "
                "max(asked_at) filter (where outcome = 'produced') from trades"
            ).fetchone()
        at = datetime.fromisoformat(last).astimezone(UTC) if last else None
        return Totals(asked, produced, failed, at)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
