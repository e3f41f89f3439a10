"""What a large order did to the price: the prices about it, as far as trades have landed."""

import json
from datetime import datetime, timedelta
from math import exp

import duckdb
import pytest
from duckdb import DuckDBPyConnection

from assets.alerts.impact import impact_of
from reports.impact import Impact

AT = datetime(2025, 6, 1, 12, 30, 15, 250_000)
EVIDENCE = {"side": "buy", "order_notional": 700_000.0, "traded_at": "2025-06-01 12:30:15.25"}
ALERT = {"venue": "binance", "symbol": "BTC-USDT", "evidence": json.dumps(EVIDENCE)}


@pytest.fixture
def connection():
    """Half an hour in which each minute moves the price by 0.1 %, up and down."""
    with duckdb.connect() as connection:
        connection.execute(
            """
            attach ':memory:' as lake;
            create schema lake.core;
            create table lake.core.trades (
                venue varchar, symbol varchar, trade_id varchar, price_double double,
                is_on_book boolean, sequence bigint, traded_at timestamp
            )
            """
        )
        start_at = AT.replace(minute=0, second=30, microsecond=0)
        for minute in range(30):
            price = 100 if minute % 2 else 100 * exp(0.001)
            trade(connection, price, start_at + timedelta(minutes=minute))
        yield connection


def trade(connection, price, at, *, symbol="BTC-USDT", is_on_book=True, sequence=1):
    row = ["binance", symbol, "t", price, is_on_book, sequence, at]
    connection.execute("insert into lake.core.trades values (?, ?, ?, ?, ?, ?, ?)", row)


def fill(connection: DuckDBPyConnection) -> None:
    for number, price in enumerate((100.1, 100.6, 101.0)):
        trade(connection, price, AT, sequence=number)


def test_the_prices_before_and_after_are_those_of_the_market_on_the_book(connection):
    fill(connection)
    trade(connection, 50, AT - timedelta(milliseconds=1), is_on_book=False)
    trade(connection, 50, AT - timedelta(milliseconds=1), symbol="ETH-USDT")
    trade(connection, 100.8, AT + timedelta(seconds=59))
    trade(connection, 100.7, AT + timedelta(minutes=1))
    trade(connection, 100.4, AT + timedelta(minutes=9))
    trade(connection, 99, AT + timedelta(minutes=10))
    found = impact_of(connection, ALERT)
    assert found == Impact(
        is_buy=True, price_before=100, last_fill=101.0, after_1m=100.8, after_10m=100.4,
        usual_minute=pytest.approx(0.001),
    )  # fmt: skip
    assert found.volatilities == pytest.approx(7.968, abs=1e-3)
    assert found.permanent_share == pytest.approx(0.501, abs=1e-3)
    assert found.sentence == (
        "The order was filled from 100.00 (the trade before it) to 101.00 (+1 %); a minute later "
        "the move was +0.8 %, 8 times what a minute usually moves; ten minutes later +0.4 %."
    )


def test_a_sale_that_lifts_the_price_moved_it_against_itself(connection):
    fill(connection)
    trade(connection, 100.1, AT + timedelta(seconds=30))
    trade(connection, 100.1, AT + timedelta(hours=1))
    sale = ALERT | {"evidence": json.dumps(EVIDENCE | {"side": "sell"})}
    found = impact_of(connection, sale)
    assert found is not None
    assert found.volatilities == pytest.approx(-1, abs=1e-2)


def test_what_has_not_landed_is_not_said(connection):
    fill(connection)
    found = impact_of(connection, ALERT)
    assert found is not None
    assert (found.after_1m, found.after_10m, found.volatilities) == (None, None, None)
    assert found.sentence.endswith("what the price did in the minute after has not landed.")
    trade(connection, 100.9, AT + timedelta(minutes=2))
    found = impact_of(connection, ALERT)
    assert found is not None
    # nobody traded within the minute: the order's own last fill is the latest price
    assert (found.after_1m, found.after_10m) == (101.0, None)


@pytest.mark.parametrize(
    "evidence", [EVIDENCE | {"side": "unknown"}, {"side": "buy", "traded_at": "2025-06-01"}]
)
def test_without_a_side_or_an_order_there_is_none(connection, evidence):
    fill(connection)
    assert impact_of(connection, ALERT | {"evidence": json.dumps(evidence)}) is None


def test_an_order_that_nothing_came_before_has_none(connection):
    connection.execute("delete from lake.core.trades")
    fill(connection)
    assert impact_of(connection, ALERT) is None
