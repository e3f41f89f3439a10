"""Scored trades, accounts and reports over HTTP, as the command line has them."""

from dataclasses import fields
from datetime import date, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient

from assets.lake.insert import insert_rows
from assets.lake.lake import Lake
from assets.publishing.report_files import replace_file, report_path
from assets.scoring.scored import AccountRisk, TradeRisk
from assets.scoring.tables import ACCOUNT_RISK, TRADE_RISK

pytestmark = pytest.mark.slow
DAY = date(2026, 3, 2)


def row(kind: type, **values: Any) -> dict[str, Any]:
    return {field.name: None for field in fields(kind)} | {"trade_day": DAY} | values


@pytest.fixture
def scored(client: TestClient, found_lake: Lake) -> TestClient:
    """Two trades and two accounts, beside a report."""
    trades = [
        row(
            TradeRisk, trade_id=name, symbol=symbol, venue="north", score=score, level=level,
            traded_at=datetime(2026, 3, 2, 10), buyer_account_id=buyer, seller_account_id="T9",
            triggered_patterns=patterns,
        )
        for name, symbol, score, level, buyer, patterns in (
            ("t1", "BTC-USDT", 0.2, "LOW", "T1", []),
            ("t2", "ETH-USDT", 0.9, "CRITICAL", "T2", ["wash_trading"]),
        )
    ]  # fmt: skip
    accounts = [
        row(AccountRisk, account_id=name, venue="north", rank=rank, notional_usd=usd)
        for name, rank, usd in (("T1", 2, 500.0), ("T2", 1, 100.0))
    ]

    def write(connection: Any) -> None:
        insert_rows(connection, TRADE_RISK.name, trades)
        insert_rows(connection, ACCOUNT_RISK.name, accounts)

    found_lake.write(write, tables=(), message="test", commit_info={})
    replace_file(found_lake, report_path(found_lake, DAY), "<p>report", "test")
    return client


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, ["t2", "t1"]),
        ({"symbol": "btc-usdt"}, ["t1"]),
        ({"account": "T2"}, ["t2"]),
        ({"account": "T9"}, ["t2", "t1"]),
        ({"level": "CRITICAL"}, ["t2"]),
        ({"pattern": "wash_trading"}, ["t2"]),
        ({"day": "2026-03-01"}, []),
        ({"limit": 1}, ["t2"]),
    ],
)
def test_trades_are_searched(scored: TestClient, wanted: dict[str, Any], found: list[str]) -> None:
    answer = scored.get("/trades", params=wanted).json()
    assert [one["trade_id"] for one in answer] == found


def test_accounts_stand_by_risk_or_by_volume(scored: TestClient) -> None:
    for sort, names in (("risk", ["T2", "T1"]), ("volume", ["T1", "T2"])):
        answer = scored.get("/accounts", params={"sort": sort}).json()
        assert [one["account_id"] for one in answer] == names
    assert scored.get("/accounts", params={"sort": "name"}).status_code == 422


def test_reports_are_listed(scored: TestClient) -> None:
    (found,) = scored.get("/reports").json()
    assert found["day"] == "2026-03-02"
    assert found["url"].endswith("/daily/2026-03-02.html")
