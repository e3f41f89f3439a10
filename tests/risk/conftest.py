"""Lakes in memory: hours of a market, and what the scoring of trades and accounts reads."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from duckdb import DuckDBPyConnection

from assets.alerts.tables import ALERTS
from assets.detection.tables import HITS
from assets.risk.tables import ACCOUNT_RISK, TRADE_RISK
from assets.transform.accounts.tables import ACCOUNTS
from assets.transform.compiled_models import models

AddHours = Callable[..., None]


@pytest.fixture
def market() -> Iterator[DuckDBPyConnection]:
    """A lake in memory with the tables of prices that risk reads, empty."""
    with duckdb.connect(":memory:") as opened:
        opened.execute(
            """
            attach ':memory:' as lake;
            create schema lake.features;
            create schema lake.marts;
            create table lake.features.bars_1h (
                venue varchar, symbol varchar, close double,
                cell_start_at timestamp, cell_end_at timestamp
            );
            create table lake.marts.symbol_days (
                venue varchar, symbol varchar, low double, high double, max_drawdown double,
                trade_day date
            );
            """
        )
        yield opened


@pytest.fixture
def add_hours(market: DuckDBPyConnection) -> AddHours:
    """Add the last prices of hours that follow each other, and the days that they lie in."""

    def add(start_at: datetime, closes: Sequence[float], symbol: str = "AAA-USDT") -> None:
        hours = [start_at + timedelta(hours=n) for n in range(len(closes))]
        market.register("hours", pa.table({"hour": hours, "close": list(closes)}))
        market.execute(
            "insert into lake.features.bars_1h "
            "select 'test', ?, close, hour, hour + interval 1 hour from hours",
            [symbol],
        )
        market.execute(
            "insert into lake.marts.symbol_days "
            "select 'test', ?, min(close), max(close), 0, hour::date from hours group by all",
            [symbol],
        )
        market.unregister("hours")

    return add


READ = {
    "trades", "bars_1s", "bars_1m", "rush_baselines_1m", "trade_notionals_1h",
    "account_activity_1h",
}  # fmt: skip


class ScoresLake:
    """The lake, and how a test puts rows into it; columns that it does not name are null."""

    def __init__(self, connection: DuckDBPyConnection) -> None:
        self.connection = connection

    def insert(self, table: str, *rows: dict[str, Any]) -> None:
        for row in rows:
            names = ", ".join(f"? as {name}" for name in row)
            self.connection.execute(
                f"insert into lake.{table} by name select {names}", list(row.values())
            )

    def rows(self, table: str, order: str = "all") -> list[dict[str, Any]]:
        result = self.connection.execute(f"select * from lake.{table} order by {order}")
        names = [column[0] for column in result.description or []]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


@pytest.fixture
def scores_lake(tmp_path: Path) -> Iterator[ScoresLake]:
    """An empty lake in memory."""
    tables = [model.table for model in models(tmp_path) if model.name in READ]
    with duckdb.connect(":memory:") as opened:
        opened.execute("attach ':memory:' as lake")
        for table in (*tables, HITS, ALERTS, ACCOUNTS, TRADE_RISK, ACCOUNT_RISK):
            opened.execute(f"create schema if not exists lake.{table.name.split('.')[0]}")
            opened.execute(f"create table lake.{table.name} ({', '.join(table.columns)})")
        yield ScoresLake(opened)
