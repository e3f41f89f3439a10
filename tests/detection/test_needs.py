"""What a source does not tell: sides, times below seconds, several fills, accounts, owners."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import duckdb
import pytest
from duckdb import DuckDBPyConnection

from assets.detection.detector import detectors
from assets.detection.needs import REASONS, unmet_needs
from assets.transform.build import prepare_accounts

DAY = date(2024, 3, 4)
NOON = datetime(2024, 3, 4, 12)


@pytest.fixture
def lake() -> Iterator[DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as lake")
        connection.execute("create schema lake.features")
        connection.execute(
            "create table lake.features.bars_1h (venue varchar, symbol varchar, "
            "buyer_trade_count bigint, seller_trade_count bigint, fill_count bigint, "
            "order_count bigint, largest_order_at timestamp, trade_day date)"
        )
        connection.execute(
            "create table lake.features.account_trades_1h "
            "(venue varchar, symbol varchar, both_sides_count bigint, trade_day date)"
        )
        prepare_accounts(connection)
        add_owner(connection, "anna", "v", accounts=2)
        yield connection


def add_owner(lake: DuckDBPyConnection, owner: str, venue: str, accounts: int) -> None:
    lake.execute(
        "insert into lake.core.accounts (venue, account_id, owner_id) "
        "select ?, ? || '-' || n, ? from range(?) as numbers(n)",
        [venue, owner, owner, accounts],
    )
    lake.execute(
        "insert into lake.core.owners (owner_id, account_count) values (?, ?)", [owner, accounts]
    )


def add_hour(lake: DuckDBPyConnection, symbol: str = "A-B", venue: str = "v", **told: Any) -> None:
    """An hour of 200 orders of 240 fills, by the millisecond, with sides and both accounts."""
    both_sides_count = told.pop("both_sides_count", 240)
    if both_sides_count is not None:
        lake.execute(
            "insert into lake.features.account_trades_1h values (?, ?, ?, ?)",
            [venue, symbol, both_sides_count, DAY],
        )
    row = {
        "buyer_trade_count": 120,
        "seller_trade_count": 120,
        "fill_count": 240,
        "order_count": 200,
        "largest_order_at": NOON.replace(microsecond=7_000),
    } | told
    values = [venue, symbol, *row.values(), DAY]
    names = ", ".join(("venue", "symbol", *row, "trade_day"))
    lake.execute(
        f"insert into lake.features.bars_1h ({names}) values ({', '.join('?' * len(values))})",
        values,
    )


def reasons(lake: DuckDBPyConnection) -> dict[str, str]:
    unmet = unmet_needs(lake, tuple(REASONS), DAY, DAY)
    return {symbol: reason for (_, symbol, _), reason in unmet.items()}


def test_a_source_that_tells_all_lacks_nothing(lake: DuckDBPyConnection) -> None:
    add_hour(lake)
    assert reasons(lake) == {}


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        pytest.param(
            {"buyer_trade_count": 0, "seller_trade_count": 0}, "no aggressor side is known",
            id="sides",
        ),
        pytest.param({"largest_order_at": NOON}, "times are whole seconds", id="seconds"),
        pytest.param({"fill_count": 200}, "no order has several fills", id="fills"),
        pytest.param({"both_sides_count": 0}, "no trade names both accounts", id="one account"),
        pytest.param(
            {"both_sides_count": None}, "no account is named and no trade names both accounts",
            id="accounts",
        ),
        pytest.param(
            {"largest_order_at": NOON, "fill_count": 200},
            "times are whole seconds and no order has several fills", id="several",
        ),
    ],
)  # fmt: skip
def test_what_it_lacks_is_named(
    lake: DuckDBPyConnection, told: dict[str, Any], reason: str
) -> None:
    add_hour(lake, **told)
    assert reasons(lake) == {"A-B": reason}


def test_one_hour_of_the_day_that_tells_it_is_enough(lake: DuckDBPyConnection) -> None:
    add_hour(lake, largest_order_at=NOON, fill_count=200)
    add_hour(lake)
    assert reasons(lake) == {}


def test_of_a_few_orders_the_venue_decides(lake: DuckDBPyConnection) -> None:
    add_hour(lake, "THIN-B", fill_count=99, order_count=99)
    add_hour(lake, "THIN-B", venue="other", fill_count=99, order_count=99)
    add_hour(lake, "BUSY-B", fill_count=100, order_count=100)
    add_hour(lake)
    unmet = unmet_needs(lake, ("several_fills",), DAY, DAY)
    assert sorted(key[:2] for key in unmet) == [("other", "THIN-B"), ("v", "BUSY-B")]


def test_an_owner_of_several_accounts_is_looked_for_by_venue(lake: DuckDBPyConnection) -> None:
    add_owner(lake, "bert", "other", accounts=1)
    add_hour(lake)
    add_hour(lake, venue="other")
    assert unmet_needs(lake, ("owners",), DAY, DAY) == {
        ("other", "A-B", DAY): "no file says which accounts have one owner"
    }


def test_only_what_a_detector_needs_is_looked_for(lake: DuckDBPyConnection) -> None:
    add_hour(lake, largest_order_at=NOON, fill_count=200)
    assert unmet_needs(lake, ("aggressor_side",), DAY, DAY) == {}
    assert {one.name: one.needs for one in detectors() if one.needs} == {
        "front_running": ("accounts",),
        "growing_notionals": ("accounts",),
        "market_anomaly": ("aggressor_side",),
        "marking_the_reference": ("aggressor_side",),
        "momentum_ignition": ("aggressor_side",),
        "owner_self_trade": ("both_accounts", "owners"),
        "pre_arranged_pair": ("both_accounts",),
        "pump_account": ("accounts",),
        "pump_and_dump": ("aggressor_side", "time_below_seconds", "several_fills"),
        "ramping": ("aggressor_side",),
        "slow_pump": ("aggressor_side",),
        "round_trip": ("accounts",),
        "self_trade": ("accounts",),
        "wash_trading": ("aggressor_side",),
    }
