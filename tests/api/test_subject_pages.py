# ruff: noqa: RUF001 (dashes as the pages set them)
"""Pages of symbols, accounts and trades: right values, and what others wrote shown as text."""

import csv
import json
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from duckdb import DuckDBPyConnection
from fastapi.testclient import TestClient

from assets.lake.insert import insert_rows
from assets.lake.lake import Lake
from assets.lake.tables import columns_of
from orchestration.api.keys import create_key
from tests.api.conftest import HOSTILE
from tests.api.test_pages import texts

pytestmark = pytest.mark.slow
DAY = date(2026, 3, 2)
MIDNIGHT = datetime(2026, 3, 2)
SECOND = timedelta(seconds=1)
EVIL = f"{HOSTILE}\u202e"
EVIL_SYMBOL = f"<B>{HOSTILE.upper()}-USDT"
ADDRESSES = {
    "account": {"venue": "binance", "id": EVIL},
    "symbol": {"venue": "binance", "symbol": EVIL_SYMBOL},
    "trade": {"venue": "binance", "symbol": EVIL_SYMBOL, "id": EVIL},
    "search": {"q": EVIL_SYMBOL[:9]},
    "symbols": {},
}


def trade(
    id: str, buyer: str | None, seller: str | None, notional: float, at: datetime, **values: Any
) -> dict[str, Any]:
    return {
        "venue": "binance", "symbol": "BTC-USDT", "trade_id": id, "buyer_account_id": buyer,
        "seller_account_id": seller, "notional": notional, "notional_usd": notional,
        "price": notional, "price_double": notional, "quantity": 1, "quantity_double": 1.0,
        "aggressor_side": "buyer", "traded_at": at, "trade_day": at.date(), "sequence": 1,
        "is_on_book": True, "condition": "book", "fill_count": 1, "source": "landing/a.parquet",
        "source_line": 7,
    } | values  # fmt: skip


def rows_of() -> dict[str, list[dict[str, Any]]]:
    """Two accounts that trade with each other at an alert, and others at other times."""
    trades = [
        trade("1", "A", "B", 100.0, MIDNIGHT + SECOND),
        trade("2", "A", "B", 50.0, MIDNIGHT + 2 * SECOND),
        trade("3", "B", "A", 150.0, MIDNIGHT + 3 * SECOND, price=Decimal("123.456789")),
        trade("4", "C", "A", 40.0, MIDNIGHT + timedelta(hours=1), symbol="ETH-USDT"),
        trade("5", EVIL, "AB", 60.0, MIDNIGHT + timedelta(hours=2)),
        trade(EVIL, EVIL, "=D", 60.0, MIDNIGHT + timedelta(hours=3), symbol=EVIL_SYMBOL),
        *(trade(f"x{n}", "C", "D", 1.0, MIDNIGHT - timedelta(minutes=n)) for n in range(1, 7)),
    ]
    activity = [
        {
            "venue": "binance", "account_id": account, "trade_count": count, "priced_count": count,
            "notional_usd": usd, "largest_notional_usd": usd, "cell_start_at": MIDNIGHT,
            "cell_end_at": MIDNIGHT + timedelta(hours=1), "trade_day": DAY,
        }
        for account, count, usd in (("A", 4, 340), ("B", 3, 300), ("AB", 1, 1), (EVIL, 2, 120))
    ]  # fmt: skip
    days = [
        {
            "venue": "binance", "symbol": symbol, "open": 100.0, "high": 150.0, "low": 50.0,
            "close": 125.0, "notional": notional, "trade_count": 4, "trade_day": day,
            "buyer_share": 0.75,
        }
        for symbol, notional, day in (
            ("BTC-USDT", 400, DAY - timedelta(days=2)),
            ("BTC-USDT", 600, DAY),
            ("ETH-USDT", 400, DAY),
            (EVIL_SYMBOL, 60, DAY),
        )
    ]  # fmt: skip
    bars = [
        {
            "venue": "binance", "symbol": "BTC-USDT", "open": 100.0, "high": 150.0, "low": 50.0,
            "close": 125.0, "notional": 300, "buyer_notional": 300, "seller_notional": 0,
            "cell_start_at": MIDNIGHT, "cell_end_at": MIDNIGHT + timedelta(minutes=5),
        }
    ]  # fmt: skip
    return {
        "core.trades": trades,
        "marts.account_activity_1h": activity,
        "marts.symbol_days": days,
        "features.bars_5m": bars,
        "ops.id_holes": [
            {
                "venue": "binance", "symbol": "BTC-USDT", "missing_id_count": 12,
                "starts_at": MIDNIGHT + timedelta(hours=4), "trade_day": DAY,
                "ends_at": MIDNIGHT + timedelta(hours=8),
            }
        ],
    }  # fmt: skip


@pytest.fixture
def traded(client: TestClient, found_lake: Lake) -> TestClient:
    """The service over the two incidents and these trades."""

    def write(connection: DuckDBPyConnection) -> None:
        columns = columns_of(connection)
        for table, rows in rows_of().items():
            insert_rows(connection, table, [dict.fromkeys(columns[table]) | one for one in rows])

    found_lake.write(write, tables=(), message="test", commit_info={})
    return client


def opened(client: TestClient, page: str, **parameters: str) -> str:
    answer = client.get(f"/desk/{page}", params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_an_account_has_its_facts_symbols_partners_incidents_and_trades(
    traded: TestClient,
) -> None:
    page = texts(opened(traded, "account", venue="binance", id="A"))
    assert "A pseudonym of the venue, not a person; its owner is unknown." in page
    assert "First seen 2026-03-02 00:00 UTC Last seen 2026-03-02 01:00 UTC Trades 4" in page
    # of BTC-USDT 300 of 1,000 of the 30 days, of ETH-USDT 40 of 400
    assert "BTC-USDT 3 150 150 30 %" in page
    assert "ETH-USDT 1 0 40 10 %" in page
    # all of its trades name both sides: three with B, one with C
    assert "B 3 75 % 150 150 1" in page
    assert "C 1 25 % – 40 1" in page
    # all of the money behind the alert of BTC-USDT, which names nobody
    assert "2 Mar 2026 00:00 BTC-USDT flash crash" in page
    assert "Incidents 1 open" in page
    assert "100 %" in page
    assert "These are the earliest." in page


def test_trades_of_an_account_have_pages(
    traded: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestration.api.subject_pages.TRADES_SHOWN", 3)
    first = opened(traded, "account", venue="binance", id="A")
    shown = r'id=(\w+)&amp;day=2026-03-02">\1'
    assert re.findall(shown, first) == ["4", "3", "2"]
    (following,) = re.findall(r'rel="next" href="([^"]*)"', first)
    second = traded.get(following.replace("&amp;", "&")).text
    assert re.findall(shown, second) == ["1"]
    for after in (
        "[1]", "x", '["2026-03-02T00:00:00+01:00", "a", "b"]', '["2026-03-02", "\\ud800", "b"]',
        '["2026-03-02", "\\u0000", "b"]',
    ):  # fmt: skip
        asked = {"venue": "binance", "id": "A", "after": after}
        wrong = traded.get("/desk/account", params=asked)
        assert wrong.status_code == 422
        assert "is no place among the trades" in wrong.json()["detail"]


def test_programs_have_an_account_as_the_page_has_it(traded: TestClient) -> None:
    for root in ("", "/api"):
        found = traded.get(f"{root}/accounts/A", params={"venue": "binance"}).json()
        assert found["facts"]["trade_count"] == 4
        assert [one["symbol"] for one in found["symbols"]] == ["BTC-USDT", "ETH-USDT"]
        assert [one["counterparty_id"] for one in found["counterparties"]] == ["B", "C"]
        assert found["days"] == [{"day": "2026-03-02", "bought": 150.0, "sold": 190.0}]
        (incident,) = found["incidents"]
        assert (incident["symbols"], incident["is_named"], incident["share"]) == (
            ["BTC-USDT"], False, 1.0,
        )  # fmt: skip
    hostile = traded.get("/accounts/a%2F..%2Fb", params={"venue": "binance"})
    assert hostile.status_code == 404
    assert "'a/../b'" in hostile.json()["detail"]


def test_a_symbol_has_its_day_and_the_days_beside(traded: TestClient) -> None:
    page = opened(traded, "symbol", venue="binance", symbol="BTC-USDT")
    assert "Monday, 2 March 2026" in page
    assert "&amp;day=2026-02-28" in page
    assert "no later day" in page
    assert "Change +25 %" in texts(page)
    assert "1 incident" in texts(page)
    # its incident is a link in the chart, which hatches where trades are missing
    assert re.search(r'<a href="/desk/incidents/\w+"><g class="mark-8">', page)
    assert "12 trades are missing, 04:00:00 to 08:00:00 UTC" in page
    assert "a bar each 5 minutes" in page
    earlier = texts(opened(traded, "symbol", venue="binance", symbol="BTC-USDT", day="2026-02-28"))
    assert "Saturday, 28 February 2026" in earlier
    assert "0 incidents" in earlier
    listed = texts(opened(traded, "symbols"))
    assert "BTC-USDT binance 2026-02-28 2026-03-02 2 8" in listed
    own = {"venue": "binance", "symbol": "BTC-USDT"}
    for day in ("0001-01-01", "9999-12-31"):
        assert traded.get("/desk/symbol", params={**own, "day": day}).status_code == 422
    unknown = traded.get("/desk/symbol", params={"venue": "binance", "symbol": "X-Y"})
    assert unknown.status_code == 404


def test_a_trade_has_all_of_its_fields_its_neighbours_and_who_cites_it(
    traded: TestClient,
) -> None:
    page = texts(opened(traded, "trade", venue="binance", symbol="BTC-USDT", id="3"))
    assert "Price 123.456789 USDT" in page
    assert "source landing/a.parquet source line 7" in page
    assert "Bought B Sold A Condition book" in page
    assert re.search(r"Cited by falling ?, \w+, 2026-03-02 00:00:00 UTC", page)
    beside = page[page.index("Ten before") :]
    assert re.findall(r"2026-03-02 [\d:]+ (\d) buyer", beside) == ["1", "2", "3", "5"]
    other = texts(opened(traded, "trade", venue="binance", symbol="BTC-USDT", id="5"))
    assert "No current alert rests on it." in other
    wrong = {"venue": "binance", "symbol": "BTC-USDT", "id": "3", "day": "2026-03-01"}
    assert traded.get("/desk/trade", params=wrong).status_code == 404


@pytest.mark.parametrize(
    ("sought", "path"),
    [
        ("AB", "/desk/account"),
        ("btc-usdt", "/desk/symbol"),
        ("incident", "/desk/incidents/"),
        ("alert", "/desk/incidents/"),
        ("A", "/desk/account"),
        ("c1", "/desk/cases"),
    ],
)
def test_one_exact_hit_opens_at_once(
    traded: TestClient, incident_ids: list[str], sought: str, path: str
) -> None:
    incident = traded.get(f"/incidents/{incident_ids[0]}").json()
    traded.post("/cases", json={"title": "One hand", "state": "open", "case_id": "c1"})
    words = {"incident": incident["incident_id"][:12], "alert": incident["alert_ids"][0]}
    answer = traded.get("/desk/search", params={"q": words.get(sought, sought)})
    assert answer.status_code == 200
    assert answer.url.path.startswith(path)


def test_a_search_without_one_exact_hit_lists(traded: TestClient) -> None:
    page = opened(traded, "search", q="-usdt")
    assert "BTC-USDT, binance" in page
    assert "ETH-USDT, binance" in page
    nothing = texts(opened(traded, "search", q="zzz"))
    assert "No account begins so" in nothing


def test_an_incident_shows_the_ring_its_trades_and_other_incidents(
    traded: TestClient, incident_ids: list[str]
) -> None:
    address = f"/desk/incidents/{incident_ids[1]}"
    page = traded.get(address).text
    # of the three A bought two of B; of nine in 24 hours B sold two and A bought two
    assert page.count('<g class="arc known">') == 1
    assert "B A 2 0.15 150 known" in texts(page)
    assert "No other incident within a day names one of its accounts" in texts(page)
    assert "All 3 trades as CSV" in texts(page)
    for name in (f"{address}/trades.csv", f"/incidents/{incident_ids[1]}/trades.csv"):
        answer = traded.get(name)
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        rows = list(csv.DictReader(answer.text.splitlines()))
        assert [(one["trade_id"], one["seller_account_id"]) for one in rows] == [
            ("1", "B"),
            ("2", "B"),
            ("3", "A"),
        ]


def test_the_address_says_which_time_the_chart_shows(
    traded: TestClient, incident_ids: list[str]
) -> None:
    def shown(**span: str) -> str:
        return texts(opened(traded, f"incidents/{incident_ids[1]}", **span))

    assert "a bar each minute" in shown()
    narrow = {"from": "2026-03-02T00:00:00Z", "until": "2026-03-02T00:01:00+00:00"}
    assert "00:00:00 – 00:01:00 UTC, Monday, 2 March 2026: a bar each 1 s, each dot a trade" in (
        shown(**narrow)
    )
    assert "a bar each 5 s." in shown(**{**narrow, "until": "2026-03-02T00:15:00Z"})
    assert "a bar each 5 minutes" in shown(**{**narrow, "until": "2026-03-03T00:00:00Z"})
    page = opened(traded, f"incidents/{incident_ids[1]}", **narrow)
    assert len(re.findall(r'class="dots bought"', page)) == 2
    assert 'aria-label="Nearer"' in page
    for wrong in (
        {"from": "2026-03-02T00:01:00Z", "until": "2026-03-02T00:00:00Z"},
        {"from": "0001-01-01T00:00:00+05:00"},
        {"until": "9999-12-31T23:59:59-05:00"},
        {"from": "yesterday"},
    ):
        answer = traded.get(f"/desk/incidents/{incident_ids[1]}", params=wrong)
        assert answer.status_code == 422, wrong


def test_too_many_trades_are_drawn_as_bars(
    traded: TestClient, incident_ids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assets.alerts.minutes.MOST_DEALS", 2)
    narrow = {"from": "2026-03-02T00:00:00Z", "until": "2026-03-02T00:01:00Z"}
    page = texts(opened(traded, f"incidents/{incident_ids[1]}", **narrow))
    assert "3 trades are more than" in page
    assert "each dot a trade" not in page


@pytest.mark.parametrize("page", ADDRESSES)
def test_what_others_wrote_is_text_on_every_page(traded: TestClient, page: str) -> None:
    answer = traded.get(f"/desk/{page}", params=ADDRESSES[page])
    assert answer.status_code == 200, answer.text
    assert "<img" not in answer.text.lower()
    assert "<b>&lt;" not in answer.text
    assert f"<B>{HOSTILE.upper()}" not in answer.text
    assert "\u202e" not in answer.text
    assert "style=" not in answer.text
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert "&lt;img" in answer.text.lower() or page == "search"


def test_without_a_session_every_page_asks_for_a_key(traded: TestClient, found_lake: Lake) -> None:
    create_key(found_lake.settings, "rita", "read", MIDNIGHT.replace(tzinfo=UTC))
    for page, parameters in ADDRESSES.items():
        assert traded.get(f"/desk/{page}", params=parameters).url.path == "/desk/sign-in"
    refused = traded.get("/accounts/A", params={"venue": "binance"})
    assert refused.status_code == 401
    assert json.loads(refused.text)["status"] == 401
