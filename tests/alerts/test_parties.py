"""Who is behind an alert: shares of the money, pairs beside chance, earlier alerts, the words."""

import json
from datetime import datetime, timedelta

import duckdb
import pytest

from assets.alerts.parties import parties_of
from reports.parties import NOBODY, Pair, Parties, Party

NOON = datetime(2025, 6, 1, 12)
STRETCH = [["2025-06-01T12:00:00", "2025-06-01T12:30:00"]]
ALERT = {
    "alert_id": "a",
    "subject_kind": "market",
    "subject_id": "binance BTC-USDT",
    "venue": "binance",
    "symbol": "BTC-USDT",
    "evidence": json.dumps({"trades": [{"stretches": STRETCH}]}),
    "window_start_at": NOON,
    "window_end_at": NOON + timedelta(minutes=30),
}


@pytest.fixture
def connection():
    with duckdb.connect() as connection:
        connection.execute(
            """
            attach ':memory:' as lake;
            create schema lake.core;
            create schema lake.alerts;
            create table lake.core.trades (
                venue varchar, symbol varchar, buyer_account_id varchar, seller_account_id varchar,
                aggressor_side varchar, quantity_double double, notional decimal(38, 12),
                is_on_book boolean, traded_at timestamp
            );
            create table lake.alerts.alerts (
                alert_id varchar, venue varchar, subject_kind varchar, subject_id varchar,
                further_subjects varchar, status varchar, window_end_at timestamp
            )
            """
        )
        yield connection


def trade(connection, buyer, seller, notional, *, at=NOON, symbol="BTC-USDT", times=1):
    row = ["binance", symbol, buyer, seller, "buyer", 1.0, notional, True, at]
    for _ in range(times):
        connection.execute("insert into lake.core.trades values (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)


def test_a_self_trader_is_named_with_its_share_of_the_alert_and_of_the_day(connection):
    trade(connection, "T7", "T7", 90, times=3)
    trade(connection, "M", "R", 130)
    trade(connection, "M", "R", 1_600, at=NOON - timedelta(hours=20))
    # none of the market's, of the day's, or of the alert's
    trade(connection, "T7", "M", 500, symbol="ETH-USDT")
    trade(connection, "T7", "M", 500, at=NOON - timedelta(days=2))
    trade(connection, "T7", "M", 500, at=NOON + timedelta(hours=1))
    (parties,) = parties_of(connection, [ALERT])
    assert (parties.trade_count, parties.named_count, parties.account_count) == (4, 4, 3)
    first = parties.accounts[0]
    assert (first.account_id, first.bought, first.sold) == ("T7", 270, 270)
    assert (first.share, first.share_of_day) == (0.675, 0.135)
    pair = parties.pairs[0]
    assert (pair.account_id, pair.counterparty_id, pair.trade_count) == ("T7", "T7", 3)
    # of five trades of the day it bought three and sold three: 4 * 3 / 5 * 3 / 5
    assert pair.expected_count == pytest.approx(1.44)
    assert parties.sentences[0] == "T7 traded with itself 3 times (68 % of the money)."


def test_two_accounts_are_a_pair_beyond_chance_whoever_bought(connection):
    trade(connection, "A", "B", 10, times=4)
    trade(connection, "B", "A", 10, times=2)
    for n in range(14):
        trade(connection, f"X{n}", f"Y{n}", 10)
    ((pair,),) = (one.pairs for one in parties_of(connection, [ALERT]))
    assert (pair.account_id, pair.counterparty_id, pair.trade_count) == ("A", "B", 6)
    # A buys 4 and sells 2 of 20 trades, B the other way round: 20 * (4 * 4 + 2 * 2) / 20 / 20
    assert pair.expected_count == pytest.approx(1.0)
    assert pair.share == pytest.approx(0.3)


def test_a_maker_who_faces_everybody_is_in_no_pair(connection):
    for n in range(20):
        trade(connection, "M", f"X{n % 5}", 10)
    assert [one.pairs for one in parties_of(connection, [ALERT])] == [[]]


def test_one_named_side_is_enough_and_what_lacks_is_said(connection):
    trade(connection, "A", None, 30)
    trade(connection, None, None, 70)
    (parties,) = parties_of(connection, [ALERT])
    assert [(one.account_id, one.share) for one in parties.accounts] == [("A", 0.3)]
    assert parties.sentences[-1] == "1 of the 2 trades name nobody."


def test_trades_without_accounts_name_nobody(connection):
    trade(connection, None, None, 70)
    assert parties_of(connection, [ALERT]) == [NOBODY]
    assert NOBODY.sentences == []
    assert parties_of(connection, [ALERT | {"evidence": "{}"}]) == [NOBODY]


def test_earlier_alerts_that_name_an_account_are_counted_and_later_ones_are_not(connection):
    trade(connection, "A", "B", 30)
    ring = json.dumps([{"role": "member", "kind": "account", "id": "B"}])
    for row in (
        ("1", "binance", "account", "A", "[]", "open", NOON - timedelta(hours=1)),
        ("2", "binance", "market", "m", ring, "open", NOON - timedelta(hours=1)),
        ("3", "binance", "account", "A", ring, "open", NOON),
        ("4", "binance", "account", "A", "[]", "superseded", NOON),
        ("5", "kraken", "account", "A", "[]", "open", NOON),
        ("6", "binance", "account", "A", "[]", "open", NOON + timedelta(minutes=30)),
    ):
        connection.execute("insert into lake.alerts.alerts values (?, ?, ?, ?, ?, ?, ?)", row)
    (parties,) = parties_of(connection, [ALERT])
    assert {one.account_id: one.earlier_alert_count for one in parties.accounts} == {"A": 2, "B": 2}
    assert parties.sentences[-1] == "Earlier alerts: A 2, B 2."


def test_an_accounts_alert_names_whom_it_traded_with(connection):
    trade(connection, "A", "B", 30)
    trade(connection, "C", "D", 300)
    alert = ALERT | {"subject_kind": "account", "subject_id": "A"}
    assert [one.account_id for one in parties_of(connection, [alert])[0].accounts] == ["A", "B"]


def test_a_count_from_chance_is_said_with_what_chance_gives():
    party = Party(
        account_id="A", bought=1, sold=0, share=0.41, share_of_day=0.031, earlier_alert_count=0
    )
    pair = Pair(
        account_id="A", counterparty_id="B", trade_count=1_214, expected_count=11.4, share=0.41
    )
    parties = Parties(trade_count=9, named_count=9, account_count=8, accounts=[party], pairs=[pair])
    assert parties.sentences == [
        "A and B traded with each other 1,214 times (41 % of the money), where chance gives 11.",
        "Share of the money, in brackets of the market's 24 hours: A 41 % (3.1 %); "
        "7 further accounts.",
    ]
