"""Pages from a local server, with the faults that venues have.

The payloads are made by hand from the venues' documented formats.
"""

import json
import os
import threading
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pyarrow.parquet as pq
import pytest

from assets.landing.venues.backfill import FetchError, backfill, missing, open_exchange
from assets.landing.venues.known import VENUES
from orchestration.object_store import LocalObjectStore

START, END = 1_700_000_000_000, 1_700_000_060_000
ISO = "2023-11-14T22:13:2{}.250000Z"
MARKET_IDS = {"coinbase": "BTC-USDT", "kucoin": "BTC-USDT", "okx": "BTC-USDT"}


def ok(data):
    return {"code": "0", "msg": "", "data": data}


PAYLOADS = {
    "binance": [
        {"a": 7, "p": "1.10", "q": "2", "f": 1, "l": 1, "T": START + 250, "m": True, "M": True},
        {"a": 8, "p": "1.20", "q": "3", "f": 2, "l": 2, "T": START + 1250, "m": False, "M": True},
    ],
    "coinbase": [
        {"trade_id": 8, "side": "sell", "size": "3", "price": "1.20", "time": ISO.format(1)},
        {"trade_id": 7, "side": "buy", "size": "2", "price": "1.10", "time": ISO.format(0)},
    ],
    "kraken": {
        "error": [],
        "result": {
            "BTCUSDT": [
                ["1.10", "2", 1700000000.25, "s", "m", "", 7],
                ["1.20", "3", 1700000001.25, "b", "l", "", 8],
            ],
            "last": "1700000001250000000",
        },
    },
    "kucoin": {
        "code": "200000",
        "data": [
            {
                "sequence": "7",
                "side": "sell",
                "size": "2",
                "price": "1.10",
                "time": (START + 250) * 10**6,
            },
            {
                "sequence": "8",
                "side": "buy",
                "size": "3",
                "price": "1.20",
                "time": (START + 1250) * 10**6,
            },
        ],
    },
    "bitstamp": [
        {"date": "1700000001", "tid": "8", "price": "1.20", "type": "0", "amount": "3"},
        {"date": "1700000000", "tid": "7", "price": "1.10", "type": "1", "amount": "2"},
    ],
    "okx": ok(
        [
            {
                "instId": "BTC-USDT",
                "side": "buy",
                "sz": "3",
                "px": "1.20",
                "tradeId": "8",
                "ts": str(START + 1250),
            },
            {
                "instId": "BTC-USDT",
                "side": "sell",
                "sz": "2",
                "px": "1.10",
                "tradeId": "7",
                "ts": str(START + 250),
            },
        ]
    ),
    "bybit": {
        "retCode": 0,
        "retMsg": "OK",
        "result": {
            "category": "spot",
            "list": [
                {
                    "execId": "8",
                    "symbol": "BTCUSDT",
                    "price": "1.20",
                    "size": "3",
                    "side": "Buy",
                    "time": str(START + 1250),
                },
                {
                    "execId": "7",
                    "symbol": "BTCUSDT",
                    "price": "1.10",
                    "size": "2",
                    "side": "Sell",
                    "time": str(START + 250),
                },
            ],
        },
    },
}
EMPTY = {"kraken": {"error": [], "result": {"BTCUSDT": [], "last": "0"}}, "okx": ok([])}


@pytest.fixture
def serve():
    """A server that answers each request with the next of `answers`: (status, body), None cuts."""
    servers = []

    def start(answers):
        asked = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                asked.append({k: v[0] for k, v in parse_qs(urlsplit(self.path).query).items()})
                answer = answers.pop(0)
                if answer is None:
                    self.close_connection = True
                    return
                status, body = answer
                data = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *args):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}", asked

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def fetch(serve, tmp_path):
    def run(name, answers, market_id=None, window=(START, END)):
        url, asked = serve(answers)
        exchange = open_exchange(VENUES[name], url)
        exchange.enableRateLimit = False
        market = exchange.safe_market(market_id or MARKET_IDS.get(name, "BTCUSDT"))
        market |= {"symbol": "BTC/USDT", "base": "BTC", "quote": "USDT", "type": "spot"}
        market |= {"baseId": "BTC", "quoteId": "USDT"}
        market |= {
            "spot": True,
            "id": market_id or MARKET_IDS.get(name, "BTCUSDT"),
            "option": False,
        }
        exchange.set_markets([market])
        store = LocalObjectStore(tmp_path / "objects")
        waits = []
        fetched = backfill(
            VENUES[name], exchange, "BTC-USDT", window, store,
            tmp_path / "fetches" / "checkpoint.json", sleep=waits.append,
        )  # fmt: skip
        rows = [
            row
            for path in sorted((tmp_path / "objects").rglob("date=*/*.parquet"))
            for row in pq.ParquetFile(path).read().to_pylist()
        ]
        return fetched, rows, asked, waits

    return run


@pytest.mark.parametrize("name", sorted(VENUES))
def test_each_venue_gives_ids_prices_and_the_takers_side(fetch, name):
    answers = [(200, PAYLOADS[name]), (200, EMPTY.get(name, []))]
    fetched, rows, _, _ = fetch(name, answers)
    assert fetched.trades == 2
    prefix = "a" if name == "binance" else ""  # an aggregate's id is no trade's
    assert [(row["venue"], row["id"], row["side"]) for row in rows] == [
        (name, prefix + "7", "sell"),
        (name, prefix + "8", "buy"),
    ]
    assert [Decimal(row["price"]) for row in rows] == [Decimal("1.10"), Decimal("1.20")]
    assert [int(row["timestamp"]) // 1000 for row in rows] == [1700000000, 1700000001]
    assert all(row["error"] is None and row["info"] for row in rows)


@pytest.mark.parametrize("fault", [(429, {}), (503, {}), (500, {}), None])
def test_a_fault_is_waited_out(fetch, fault):
    answers = [fault, fault, (200, PAYLOADS["binance"]), (200, [])]
    fetched, rows, _, waits = fetch("binance", answers)
    assert (fetched.trades, len(rows), waits) == (2, 2, [1.0, 2.0])


def test_binance_goes_on_by_id_and_kraken_by_nanosecond(fetch):
    _, _, asked, _ = fetch("binance", [(200, PAYLOADS["binance"]), (200, [])])
    assert (asked[0]["startTime"], asked[1]["fromId"]) == (str(START), "9")
    _, _, asked, _ = fetch("kraken", [(200, PAYLOADS["kraken"]), (200, EMPTY["kraken"])])
    assert [one["since"] for one in asked] == [str(START * 10**6), "1700000001250000000"]


def test_a_fetch_goes_on_after_its_last_landed_page(fetch):
    with pytest.raises(FetchError, match="6 attempts"):
        fetch("binance", [(200, PAYLOADS["binance"]), *[(503, {})] * 6])
    later = [{**PAYLOADS["binance"][0], "a": 11, "T": START + 2000}]
    fetched, rows, asked, _ = fetch("binance", [(200, later), (200, [])])
    assert asked[0]["fromId"] == "9"
    assert (fetched.resumed, fetched.trades, len(rows)) == (True, 3, 3)
    assert fetched.gaps == [(9, 10)]
    assert any("landing/gaps/" in key for key in fetched.objects)


def test_repeated_and_shuffled_trades_land_once_in_order(fetch):
    first, second = PAYLOADS["binance"]
    fetched, rows, _, _ = fetch("binance", [(200, [second, first, second]), (200, [])])
    assert (fetched.trades, [row["id"] for row in rows]) == (2, ["a7", "a8"])


@pytest.mark.parametrize("newest_first", [False, True])
def test_ids_missing_across_a_pages_edge_are_a_gap(newest_first):
    gaps, edge = missing([5, 6, 9], 12 if newest_first else 2, newest_first)
    assert gaps == ([(7, 8), (10, 11)] if newest_first else [(3, 4), (7, 8)])
    assert edge == (5 if newest_first else 9)


def test_a_trade_without_a_time_lands_with_its_error(fetch):
    broken = {**PAYLOADS["binance"][0], "T": None}
    _, rows, _, _ = fetch("binance", [(200, [broken])])
    assert rows[0]["error"] is not None


RECORDED = Path(
    os.environ.get("TAPEWATCH_SHARED_DATA")
    or Path(__file__).resolve().parents[3].parent / "shared" / "data"
).joinpath("exchange_payloads", "nautilus")


@pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded payloads are not on this machine")
@pytest.mark.parametrize(
    ("name", "file", "parse"),
    [
        (
            "binance",
            "py_binance_http_responses_http_spot_market_agg_trades",
            lambda body: [(f"a{t['a']}", t["p"], t["q"], not t["m"]) for t in body],
        ),
        (
            "kraken",
            "kraken__http_trades",
            lambda body: [(str(t[6]), t[0], t[1], t[3] == "b") for t in body["result"]["XBTUSDT"]],
        ),
        (
            "okx",
            "okx__http_get_trades",
            lambda body: [
                (t["tradeId"], t["px"], t["sz"], t["side"] == "buy") for t in body["data"]
            ],
        ),
    ],
)
def test_recorded_payloads_land_as_an_independent_parse_reads_them(fetch, name, file, parse):
    body = json.loads((RECORDED / f"{file}.json").read_text())
    empty = EMPTY.get(name, [])
    market_id = "XBTUSDT" if name == "kraken" else None
    _, rows, _, _ = fetch(name, [(200, body), (200, empty)], market_id, (0, 2 * START))
    landed = {
        (r["id"], Decimal(r["price"]), Decimal(r["amount"]), r["side"] == "buy") for r in rows
    }
    expected = [(i, Decimal(p), Decimal(q), buyer) for i, p, q, buyer in parse(body)]
    assert (landed, len(rows)) == (set(expected), len(expected))
