"""A lake in memory with hours of a market."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

import duckdb
import pyarrow as pa
import pytest
from duckdb import DuckDBPyConnection

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
