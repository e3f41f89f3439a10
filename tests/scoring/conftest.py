"""A lake in memory with what the scoring of trades and accounts reads."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from duckdb import DuckDBPyConnection

from assets.alerts.tables import ALERTS
from assets.detection.tables import HITS
from assets.scoring.tables import ACCOUNT_RISK, TRADE_RISK
from assets.transform.accounts.tables import ACCOUNTS
from assets.transform.compiled_models import models

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
