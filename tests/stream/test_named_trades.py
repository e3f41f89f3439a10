"""A stream's trades that name an account are those of the lake, in memory or not."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from duckdb import DuckDBPyConnection

from assets.lake.lake import Lake
from assets.lake.settings import load_settings
from assets.market.window import Window
from assets.stream import named_trades
from assets.stream.in_memory import IN_MEMORY, attach
from assets.stream.named_trades import NamedTrades
from assets.tables import create_tables
from assets.transform.compiled_models import Model, models

NOON = datetime(2024, 3, 1, 12)
NEXT = Window(NOON, NOON + timedelta(seconds=5))


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = Lake(load_settings(home=tmp_path_factory.mktemp("named")))
    create_tables(lake)
    return lake


@pytest.fixture
def by_name(lake: Lake) -> dict[str, Model]:
    return {model.name: model for model in models(lake.settings.root)}


@pytest.fixture
def connection(lake: Lake, by_name: dict[str, Model]) -> Iterator[DuckDBPyConnection]:
    """An empty lake, and memory with the table of a window's own trades."""
    with lake.connect(read_only=False) as connection:
        for table in ("core.trades", "features.account_trades_1h"):
            connection.execute(f"delete from lake.{table}")
        attach(connection)
        for database in (IN_MEMORY, "with_older"):
            connection.execute(f"create schema if not exists {database}.core")
        columns = ", ".join(by_name["trades"].columns)
        connection.execute(f"create or replace table {IN_MEMORY}.core.trades ({columns})")
        yield connection


def add_trade(
    connection: DuckDBPyConnection, at: datetime, account: str | None, *, database: str = "lake"
) -> None:
    connection.execute(
        f"insert into {database}.core.trades by name select 'file' as venue, 'A-B' as symbol, "
        "?::timestamp as traded_at, traded_at::date as trade_day, ? as seller_account_id, "
        "true as is_on_book",
        [at, account],
    )


def seen(connection: DuckDBPyConnection, named: NamedTrades) -> list[datetime]:
    sql = named.reading(named.model.sql)
    rows = connection.execute(f"select traded_at from ({sql}) order by all").fetchall()
    return [at for (at,) in rows]


def test_they_are_the_lake_s_and_the_window_s_own(
    connection: DuckDBPyConnection, by_name: dict[str, Model]
) -> None:
    times = [NOON - timedelta(minutes=minutes) for minutes in (1440, 70, 9, 1)]
    for at in times:
        add_trade(connection, at, "A1")
        add_trade(connection, at, None)
    named = named_trades.load(connection, by_name[named_trades.NAME], NOON)
    assert seen(connection, named) == times
    add_trade(connection, NOON, "A2", database=IN_MEMORY)
    add_trade(connection, NOON, None, database=IN_MEMORY)
    named = named_trades.add(connection, named)
    assert (seen(connection, named), named.last_at) == ([*times, NOON], NOON)


def test_trimming_loses_none(connection: DuckDBPyConnection, by_name: dict[str, Model]) -> None:
    times = [NOON - timedelta(minutes=minutes) for minutes in (39, 1)]
    for at in times:
        add_trade(connection, at, "A1")
    named = named_trades.load(connection, by_name[named_trades.NAME], NOON)
    named = named_trades.trim(connection, named, NOON + named_trades.SPAN / 2)
    assert named.since == NOON - named_trades.SPAN / 2
    assert seen(connection, named) == times


@pytest.mark.parametrize(
    ("hours_ago", "may_have_rows"), [(0.02, True), (25.5, True), (27.5, False)]
)
def test_a_feature_of_accounts_is_left_out_where_nobody_was_named_as_far_as_it_looks(
    connection: DuckDBPyConnection, by_name: dict[str, Model], hours_ago: float, may_have_rows: bool
) -> None:
    at = NOON - timedelta(hours=hours_ago)
    add_trade(connection, at, "A1")
    add_trade(connection, NOON - timedelta(seconds=1), None)
    connection.execute(
        "insert into lake.features.account_trades_1h by name select 'file' as venue, "
        "'A-B' as symbol, 1 as trade_count, time_bucket(interval '1 hour', ?::timestamp) "
        "as cell_start_at, cell_start_at + interval '1 hour' as cell_end_at, "
        "cell_start_at::date as trade_day where cell_end_at <= ?",
        [at, NOON],
    )
    named = named_trades.load(connection, by_name[named_trades.NAME], NOON)
    assert named.may_have_rows(by_name["round_trips_5m"], NEXT) is may_have_rows
    assert named.may_have_rows(by_name["bars_5m"], NEXT)
    add_trade(connection, NOON, "A2", database=IN_MEMORY)
    named = named_trades.add(connection, named)
    assert named.may_have_rows(by_name["round_trips_5m"], NEXT)
