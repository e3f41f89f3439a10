"""The accounts of several alerts at once are those of each by itself."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import duckdb
import pytest
from duckdb import DuckDBPyConnection

from assets.alerts.parties import parties_of
from reports.parties import NOBODY

NOON = datetime(2025, 6, 1, 12)
TRADES = """
    create table lake.core.trades as
    select
        'binance' as venue,
        if(n % 3 = 0, 'ETH-USDT', 'BTC-USDT') as symbol,
        if(n % 2 = 0, 'A' || (n % 5), null) as buyer_account_id,
        if(symbol = 'BTC-USDT', 'B' || (n % 7), null) as seller_account_id,
        'buyer' as aggressor_side,
        1.0::double as quantity_double,
        (n % 11)::decimal(38, 12) as notional,
        true as is_on_book,
        timestamp '2025-06-01 12:00:00' + to_seconds(n) as traded_at,
    from range(20_000) as numbers (n)
    union all
    select 'okx', 'XRP-USDT', null, null, 'buyer', 1, 5, true, timestamp '2025-06-01 12:00:00'
"""


@pytest.fixture
def connection() -> Iterator[DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute(
            f"""
            attach ':memory:' as lake;
            create schema lake.core;
            create schema lake.alerts;
            {TRADES};
            create table lake.alerts.alerts (
                alert_id varchar, venue varchar, subject_kind varchar, subject_id varchar,
                further_subjects varchar, status varchar, window_end_at timestamp
            )
            """
        )
        yield connection


def alert(
    begin: int, end: int, *, venue: str = "binance", symbol: str = "BTC-USDT", **selection: Any
) -> dict[str, Any]:
    start_at, end_at = NOON + timedelta(seconds=begin), NOON + timedelta(seconds=end)
    stretch = [start_at.isoformat(), end_at.isoformat()]
    return {
        "subject_kind": "market",
        "subject_id": f"{venue} {symbol}",
        "venue": venue,
        "symbol": symbol,
        "evidence": json.dumps({"trades": [{"stretches": [stretch], **selection}]}),
        "window_start_at": start_at,
        "window_end_at": end_at,
    }


def test_they_are_those_of_each_alert_alone(connection: DuckDBPyConnection) -> None:
    account = alert(900, 1_800) | {"subject_kind": "account", "subject_id": "A4"}
    alerts = [
        alert(10_000, 10_060),
        alert(0, 5),
        account,
        alert(3, 60, symbol="ETH-USDT"),
        alert(4, 90, side="buyer", least_quantity=1.0),
        alert(0, 15_000),
        alert(0, 3_000, symbol="", accounts=["A0", "A2", "B0", "B1"]),
    ]
    for beside in (timedelta(0), timedelta(days=1)):
        found = parties_of(connection, alerts, beside=beside)
        alone = [parties_of(connection, [one], beside=beside) for one in alerts]
        assert found == [one for (one,) in alone]
        assert NOBODY not in found


def test_where_no_trade_names_an_account_or_none_is_selected_there_is_nobody(
    connection: DuckDBPyConnection,
) -> None:
    unselected = alert(0, 5) | {"evidence": "{}"}
    nameless = alert(0, 5, venue="okx", symbol="XRP-USDT")
    named = alert(0, 5)
    nobody, also_nobody, somebody = parties_of(connection, [unselected, nameless, named])
    assert (nobody, also_nobody) == (NOBODY, NOBODY)
    assert somebody.named_count > 0
    assert parties_of(connection, []) == []
