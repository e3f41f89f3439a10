"""Who traded with whom behind an alert: sides that are known, and sides that are inferred."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

import duckdb
import pytest
from duckdb import DuckDBPyConnection

from assets.alerts.dealings import dealings_of
from assets.alerts.involvement import shares_behind

NOON = datetime(2025, 6, 1, 12)
SECOND = timedelta(seconds=1)
ALERT = {
    "alert_id": "a",
    "subject_kind": "market",
    "subject_id": "binance BTC-USDT",
    "venue": "binance",
    "symbol": "BTC-USDT",
    "evidence": json.dumps(
        {"trades": [{"stretches": [["2025-06-01T12:00:00", "2025-06-01T12:30:00"]]}]}
    ),
    "window_start_at": NOON,
    "window_end_at": NOON + timedelta(minutes=30),
}


@pytest.fixture
def connection() -> Iterator[DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute(
            """
            attach ':memory:' as lake;
            create schema lake.core;
            create table lake.core.trades (
                venue varchar, symbol varchar, trade_id varchar, buyer_account_id varchar,
                seller_account_id varchar, aggressor_side varchar, quantity decimal(38, 18),
                price_double double, notional decimal(38, 12), is_on_book boolean,
                sequence bigint, traded_at timestamp
            )
            """
        )
        yield connection


def trade(
    connection: DuckDBPyConnection,
    seconds: float,
    buyer: str | None,
    seller: str | None,
    *,
    side: str = "buyer",
    quantity: float = 1.0,
    price: float = 100.0,
) -> None:
    connection.execute(
        "insert into lake.core.trades values ('binance', 'BTC-USDT', ?, ?, ?, ?, ?, ?, ?, true, "
        "1, ?)",
        [
            f"{seconds}", buyer, seller, side, quantity, price, quantity * price,
            NOON + seconds * SECOND,
        ],
    )  # fmt: skip


def test_known_sides_are_counted_beside_what_chance_gives(connection: DuckDBPyConnection) -> None:
    for n in range(3):
        trade(connection, n, "A", "B")
    trade(connection, 10, "C", "D", quantity=4)
    # of the market's day, and not of the alert
    for n in range(16):
        trade(connection, -100 - n, "C", "D")
    found = {(one.seller, one.buyer): one for one in dealings_of(connection, ALERT, [])}
    assert list(found) == [("B", "A")]
    one = found["B", "A"]
    assert (one.trade_count, one.money, one.is_inferred) == (3, 300.0, False)
    # four trades; of twenty B sold three and A bought three
    assert one.expected_count == pytest.approx(4 * 0.15 * 0.15)
    named = dealings_of(connection, ALERT, ["C", "D"])
    assert [(one.seller, one.buyer, one.trade_count) for one in named] == [("D", "C", 1)]


def test_neighbours_that_undo_each_other_are_inferred_to_be_one_pair(
    connection: DuckDBPyConnection,
) -> None:
    for n in range(4):
        trade(connection, 60 * n, "A", None, quantity=1 + n)
        trade(connection, 60 * n + 0.5, None, "B", side="seller", quantity=1 + n)
    # too late, another quantity, another price, the same side
    trade(connection, 400, "A", None)
    trade(connection, 402, None, "B", side="seller")
    trade(connection, 500, "A", None, quantity=2)
    trade(connection, 500.5, None, "B", side="seller", quantity=3)
    trade(connection, 600, "A", None)
    trade(connection, 600.5, None, "B", side="seller", price=101)
    # of three in a row that undo each other there is one pair
    trade(connection, 700, "A", None, quantity=9)
    trade(connection, 700.2, None, "B", side="seller", quantity=9)
    trade(connection, 700.4, "A", None, quantity=9)
    for n in range(40):
        trade(connection, -1000 - n, "C", None)
        trade(connection, -2000 - n, None, "D", side="seller")
    (one,) = dealings_of(connection, ALERT, [])
    assert (one.seller, one.buyer, one.trade_count, one.is_inferred) == ("B", "A", 5, True)
    assert one.money == 1_000 + 900
    # of 49 buys nine are of A, of 48 sales eight of B
    assert one.expected_count == pytest.approx(5 * 9 / 49 * 8 / 48)


def test_the_share_of_accounts_is_of_the_money_behind_an_alert(
    connection: DuckDBPyConnection,
) -> None:
    trade(connection, 1, "A", "B", quantity=3)
    trade(connection, 2, "A", "A")
    trade(connection, 3, "C", "D", quantity=6)
    trade(connection, -3, "C", "D", quantity=60)
    assert shares_behind(connection, [ALERT], ["A", "X"]) == {"a": 0.4}
    assert shares_behind(connection, [ALERT], ["X"]) == {}
    assert shares_behind(connection, [ALERT | {"evidence": "{}"}], ["A"]) == {}
