"""Each venue's quirks, a line each, and its pages against another reading of recorded ones."""

import json
import os
from decimal import Decimal
from pathlib import Path

import pytest

from assets.landing.venues.known import VENUES

START, END = 1_700_000_000_000, 1_700_000_060_000
SHARED = Path(
    os.environ.get("TAPEWATCH_SHARED_DATA")
    or Path(__file__).resolve().parents[3].parent / "shared" / "data"
)
PAYLOADS = SHARED / "exchange_payloads"
recorded = pytest.mark.skipif(not PAYLOADS.is_dir(), reason=f"no recorded payloads in {PAYLOADS}")

# how a landed row of either format tells what core makes of it
IDENTITY = {"binance": "agg_trade_id"}
TIME = {"binance": "transact_time"}
QUANTITY = {"binance": "quantity"}


@pytest.fixture
def fetch(fetch):
    """The fetch of conftest without the row that says where a history ends."""

    def run(name, pages, **options):
        if name == "coinbase":  # shows its newest page once more: it is where all begins
            pages = [pages[0], *pages]
        fetched, rows, asked, waits = fetch_all(name, pages, **options)
        return fetched, [row for row in rows if "_gap" not in row["source_file"]], asked, waits

    fetch_all = fetch
    return run


def read(name, rows):
    """(id, price, quantity, taker, ms) of landed rows, in their order in time."""
    found = []
    for row in rows:
        assert row["error"] is None, row["error"]
        is_buyer = row["is_buyer_maker"] == "false" if name == "binance" else row["side"] == "buy"
        found.append(
            (
                row[IDENTITY.get(name, "id")],
                Decimal(row["price"]),
                Decimal(row[QUANTITY.get(name, "amount")]),
                "buyer" if is_buyer else "seller",
                int(row[TIME.get(name, "timestamp")]),
            )
        )
    return sorted(found, key=lambda trade: (trade[4], len(trade[0]), trade[0]))


@pytest.mark.parametrize("name", sorted(VENUES))
def test_documented_pages_land_with_ids_prices_times_and_the_takers_side(fetch, documented, name):
    fetched, rows, _, _ = fetch(name, [documented[name]["page"]])
    milliseconds = 0 if name == "bitstamp" else 250  # Bitstamp's pages know only seconds
    assert fetched.trades == 2
    assert {row["venue"] for row in rows} == {name}
    assert read(name, rows) == [
        ("7", Decimal("1.10"), Decimal(2), "seller", START + milliseconds),
        ("8", Decimal("1.20"), Decimal(3), "buyer", START + 1000 + milliseconds),
    ]


def test_binance_lands_in_the_format_of_its_archive(fetch, documented):
    _, rows, _, _ = fetch("binance", [documented["binance"]["page"]])
    assert {row["format"] for row in rows} == {"binance_agg_trades"}
    assert [(row["first_trade_id"], row["last_trade_id"]) for row in rows] == [
        ("1", "2"),
        ("3", "3"),
    ]


def test_binance_pages_by_time_and_then_by_id(fetch, documented):
    _, _, asked, _ = fetch("binance", [documented["binance"]["page"]])
    assert (asked[0]["startTime"], asked[1]["fromId"]) == (str(START), "9")


def test_kraken_pages_by_nanosecond(fetch, documented):
    _, _, asked, _ = fetch("kraken", [documented["kraken"]["page"]])
    assert [one["since"] for one in asked] == [str(START * 10**6), "1700000001250000000"]


def test_okx_pages_back_from_a_time_and_then_by_id(fetch, documented):
    _, _, asked, _ = fetch("okx", [documented["okx"]["page"]])
    assert [(one["type"], one["after"]) for one in asked] == [("2", str(END)), ("1", "7")]


def test_coinbase_says_the_makers_side(fetch, documented):
    page = documented["coinbase"]["page"]
    assert [match["side"] for match in page] == ["sell", "buy"]
    _, rows, _, _ = fetch("coinbase", [page])
    assert [row["side"] for row in sorted(rows, key=lambda row: row["id"])] == ["sell", "buy"]


def test_bitstamps_type_0_is_a_buy(fetch, documented):
    page = documented["bitstamp"]["page"]
    assert [(trade["tid"], trade["type"]) for trade in page] == [("8", "0"), ("7", "1")]
    _, rows, _, _ = fetch("bitstamp", [page])
    assert {row["id"]: row["side"] for row in rows} == {"8": "buy", "7": "sell"}


def test_kucoins_nanoseconds_lose_no_millisecond(fetch, documented):
    _, rows, _, _ = fetch("kucoin", [documented["kucoin"]["page"]])
    assert {int(row["timestamp"]) % 1000 for row in rows} == {250}


def binance(body):
    return [(str(t["a"]), t["p"], t["q"], "seller" if t["m"] else "buyer", t["T"]) for t in body]


def bitstamp(body):
    return [
        (t["tid"], t["price"], t["amount"], "buyer" if t["type"] == "0" else "seller",
         int(t["date"]) * 1000)
        for t in body
    ]  # fmt: skip


def coinbase(body):
    def milliseconds(text):
        from datetime import datetime

        return int(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000)

    return [
        (str(t["trade_id"]), t["price"], t["size"], "buyer" if t["side"] == "sell" else "seller",
         milliseconds(t["time"]))
        for t in body
    ]  # fmt: skip


def kraken(body):
    return [
        (
            str(t[6]),
            t[0],
            t[1],
            "buyer" if t[3] == "b" else "seller",
            int(Decimal(str(t[2])) * 1000),
        )
        for t in body["result"]["XBTUSDT"]
    ]


def okx(body):
    return [
        (t["tradeId"], t["px"], t["sz"], "buyer" if t["side"] == "buy" else "seller", int(t["ts"]))
        for t in body["data"]
    ]


def bybit(body):
    return [
        (t["execId"], t["price"], t["size"], "buyer" if t["side"] == "Buy" else "seller",
         int(t["time"]))
        for t in body["result"]["list"]
    ]  # fmt: skip


@recorded
@pytest.mark.parametrize(
    ("name", "file", "parse", "count"),
    [
        ("binance", "nautilus/py_binance_http_responses_http_spot_market_agg_trades", binance, 10),
        ("bitstamp", "ccxt/bitstamp_fetchTrades", bitstamp, 1),
        ("bybit", "nautilus/bybit__http_get_trades_recent", bybit, 1),
        ("coinbase", "ccxt/coinbaseexchange_fetchTrades", coinbase, 1),
        ("kraken", "nautilus/kraken__http_trades", kraken, 1000),
        ("okx", "nautilus/okx__http_get_trades", okx, 2),
    ],
)
def test_recorded_pages_land_as_another_reading_has_them(fetch, name, file, parse, count):
    body = json.loads((PAYLOADS / f"{file}.json").read_text())
    body = body.get("httpResponse", body) if isinstance(body, dict) else body
    fetched, rows, _, _ = fetch(name, [body], window=(0, 2 * START))
    expected = sorted(
        (
            (identity, Decimal(price), Decimal(quantity), side, at)
            for identity, price, quantity, side, at in parse(body)
        ),
        key=lambda trade: (trade[4], len(trade[0]), trade[0]),
    )
    assert read(name, rows) == expected
    assert (fetched.trades, len(expected)) == (count, count)
