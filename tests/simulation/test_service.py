"""The producing service: its routes, its answers, and what it remembers."""

import json
import re
import socket
import sqlite3
import threading
import time
import tracemalloc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path

import httpx
import numpy as np
import pyarrow.parquet as pq
import pytest
import uvicorn
from fastapi.testclient import TestClient

from assets.lake.objects.object_store import LocalObjectStore
from assets.landing.messages import TradeMessage
from assets.landing.reader import landed_objects
from assets.simulation.mock_market import MARKETS
from assets.simulation.mock_requests import MockTradingRequest
from assets.simulation.mock_trading import mock_flow
from assets.simulation.production_log import ProductionLog
from assets.simulation.service import service
from assets.simulation.sinks import LandingSink, SinkError
from assets.web import client_limits

TRADE = {
    "userId": "u1",
    "customerId": "c1",
    "symbol": "BTC/USDT",
    "side": "BUY",
    "quantity": 0.5,
    "price": 60000.1,
}
WALLETS = ["0x" + "aB" * 20, "bc1q" + "a" * 30, "1BoatSLRHtKNngkdXEeobR76b53LETtpyT"]


class Kept:
    """A sink that keeps what it gets, or refuses all of it."""

    def __init__(self) -> None:
        self.trades: list[TradeMessage] = []
        self.refuses = False

    def send(self, trades: Sequence[TradeMessage]) -> None:
        if self.refuses:
            raise SinkError("Kafka at nowhere:1, topic trades: no answer")
        self.trades += trades


@pytest.fixture
def sink() -> Kept:
    return Kept()


@contextmanager
def running(sink, folder: Path, **options) -> Iterator[TestClient]:
    log = ProductionLog(folder / "simulation" / "produced.sqlite")
    with TestClient(service(sink, log, **options)) as client:
        yield client


@pytest.fixture
def client(sink: Kept, tmp_path: Path) -> Iterator[TestClient]:
    with running(sink, tmp_path) as client:
        yield client


def logged(folder: Path, query: str) -> list[tuple]:
    with sqlite3.connect(folder / "simulation" / "produced.sqlite") as connection:
        return connection.execute(query).fetchall()


def test_a_trade_is_produced_and_said_so_in_plain_text(client, sink) -> None:
    answer = client.post("/trades/produce", json=TRADE)
    assert (answer.status_code, answer.text) == (200, "Trade produced successfully")
    assert answer.headers["content-type"].startswith("text/plain")
    (trade,) = sink.trades
    assert (trade.venue, trade.symbol, trade.side) == ("binance", "BTC-USDT", "buyer")
    assert (trade.price, trade.quantity, trade.order_type) == ("60000.1", "0.5", "LIMIT")
    assert (trade.account_id, trade.customer_id) == ("u1", "c1")
    assert abs(trade.traded_at / 1e6 - time.time()) < 60


def test_a_batch_is_produced_together(client, sink) -> None:
    answer = client.post("/trades/produce-batch", json=[TRADE, TRADE | {"side": "SELL"}, TRADE])
    assert answer.text == "Batch of 3 trades produced successfully"
    assert [trade.side for trade in sink.trades] == ["buyer", "seller", "buyer"]
    assert len({trade.trade_id for trade in sink.trades}) == 3


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"symbol": "BTC/EUR"}, "a symbol is one of BTC/USDT, ETH/USDT"),
        ({"side": "HOLD"}, "side"),
        ({"quantity": 0}, "quantity"),
        ({"price": -1}, "price"),
        ({"price": "NaN"}, "price"),
        ({"orderType": "ICEBERG"}, "an order type is one of MARKET, LIMIT"),
        ({"exchange": "NYSE"}, "an exchange is one of BINANCE"),
        ({"walletAddress": "0x12"}, "a wallet is 0x"),
        ({"walletAddress": "bc1" + "a" * 70}, "a wallet is 0x"),
        ({"userId": ""}, "userId"),
        ({"customerId": None}, "customerId"),
    ],
)
def test_what_is_no_trade_is_refused_by_name(client, sink, change: dict, named: str) -> None:
    answer = client.post("/trades/produce", json=TRADE | change)
    assert answer.status_code == 400
    assert answer.text.startswith("Failed to produce trade: ")
    assert named in answer.text
    assert sink.trades == []
    assert client.get("/admin/stats").json()["failedProductions"] == 1


@pytest.mark.parametrize("wallet", [None, *WALLETS])
def test_known_kinds_of_wallets_are_taken(client, wallet: str | None) -> None:
    assert client.post("/trades/produce", json=TRADE | {"walletAddress": wallet}).is_success


def test_one_bad_trade_stops_its_batch_before_anything_is_sent(client, sink) -> None:
    answer = client.post("/trades/produce-batch", json=[TRADE, TRADE | {"price": 0}])
    assert answer.status_code == 400
    assert "1.price" in answer.text
    assert sink.trades == []


def test_what_could_not_be_sent_is_a_failure_and_in_the_log(client, sink, tmp_path) -> None:
    sink.refuses = True
    answer = client.post("/trades/produce", json=TRADE)
    assert (answer.status_code, answer.text) == (
        400,
        "Failed to produce trade: Kafka at nowhere:1, topic trades: no answer",
    )
    assert logged(tmp_path, "select outcome, error from trades") == [
        ("failed", "Kafka at nowhere:1, topic trades: no answer")
    ]


def test_what_was_produced_survives_a_restart(sink, tmp_path) -> None:
    with running(sink, tmp_path) as client:
        client.post("/trades/produce-batch", json=[TRADE] * 3)
        client.post("/trades/produce", json=TRADE | {"price": 0})
    with running(sink, tmp_path) as client:
        client.post("/trades/produce", json=TRADE)
        stats = client.get("/admin/stats").json()
    assert (stats["totalTradesProduced"], stats["successfulProductions"]) == (4, 4)
    assert (stats["failedProductions"], stats["successRate"]) == (1, 80.0)
    assert stats["lastProducedTimestamp"] is not None
    assert set(stats) == {
        "totalTradesProduced", "successfulProductions", "failedProductions",
        "lastProducedTimestamp", "startTime", "uptimeMinutes", "successRate",
    }  # fmt: skip
    assert len({trade.trade_id for trade in sink.trades}) == 4


def test_a_notional_is_that_of_its_own_price_and_quantity(client, tmp_path) -> None:
    steps = islice(mock_flow(np.random.default_rng(1), MockTradingRequest()), 300)
    trades = [trade.model_dump(mode="json") for step in steps for trade in step.trades]
    assert client.post("/trades/produce-batch", json=trades).is_success
    rows = logged(tmp_path, "select price, quantity, notional, symbol from trades")
    assert all(Decimal(p) * Decimal(q) == Decimal(notional) for p, q, notional, _ in rows)
    for price, quantity, _, symbol in rows:
        usual, least, greatest = MARKETS[symbol]
        assert 0.99 * usual <= float(price) <= 1.01 * usual
        assert least <= float(quantity) <= greatest


def test_mock_trading_keeps_the_rate_that_is_asked_for(client, sink) -> None:
    assert client.get("/admin/mock-trading/status").json() == {
        "enabled": True,
        "running": False,
        "rateMs": 500,
        "users": [f"user-{n}" for n in range(1, 6)],
        "symbols": ["BTC/USDT", "ETH/USDT", "SOL/USDT", "ADA/USDT", "DOT/USDT"],
        "exchanges": ["BINANCE", "COINBASE", "KRAKEN", "KUCOIN", "OKX"],
        "pattern": None,
        "patternSince": None,
    }
    answer = client.post("/admin/mock-trading/start?rateMs=25")
    assert answer.text == "Mock trading started, one trade every 25 ms"
    time.sleep(1.0)
    status = client.get("/admin/mock-trading/status").json()
    assert (status["running"], status["rateMs"]) == (True, 25)
    assert client.post("/admin/mock-trading/stop").text == "Mock trading stopped"
    made = len(sink.trades)
    assert 20 <= made <= 45
    time.sleep(0.1)
    assert len(sink.trades) == made
    assert not client.get("/admin/mock-trading/status").json()["running"]


ASKED = {"users": ["ann", "bob"], "symbols": ["XRP/USDT"], "exchanges": ["FTX", "GEMINI"]}


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("users=ann,bob&symbols=XRP/USDT&exchanges=FTX,GEMINI&rateMs=5", None),
        ("users=ann&users=bob&symbols=XRP/USDT&exchanges=FTX&exchanges=GEMINI&rateMs=5", None),
        ("", {**ASKED, "rateMs": 5}),
        ("rateMs=5&users=ann,%20bob", {**ASKED, "rateMs": 900, "users": "carl"}),
    ],
)
@pytest.mark.parametrize("prefix", ["", "/api"])
def test_mock_trades_are_those_that_were_asked_for(client, sink, prefix, query, body) -> None:
    answer = client.post(f"{prefix}/admin/mock-trading/start?{query}", json=body)
    assert answer.text == "Mock trading started, one trade every 5 ms"
    status = client.get(f"{prefix}/admin/mock-trading/status").json()
    assert {name: status[name] for name in ASKED} == ASKED
    assert (status["rateMs"], status["running"], status["pattern"]) == (5, True, None)
    time.sleep(0.5)
    client.post(f"{prefix}/admin/mock-trading/stop")
    assert {trade.account_id for trade in sink.trades} == {"ann", "bob"}
    assert {trade.symbol for trade in sink.trades} == {"XRP-USDT"}
    assert {trade.venue for trade in sink.trades} == {"ftx", "gemini"}


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("symbols=BTC/USDT,BTC/EUR", ["symbols.1", "one of BTC/USDT, ETH/USDT", "'BTC/EUR'"]),
        ("exchanges=NYSE", ["exchanges.0", "one of BINANCE, COINBASE", "'NYSE'"]),
        ("pattern=spoofing", ["pattern", "one of wash, spike, pump, crash", "'spoofing'"]),
        ("users=", ["users.0"]),
        ("users=a%00b", ["users.0", "can be printed"]),
        ("rateMs=fast", ["rateMs", "integer"]),
        ("symbol=BTC/USDT", ["symbol: "]),
    ],
)
def test_what_mock_trading_cannot_do_is_refused_by_field(client, sink, query, named) -> None:
    answer = client.post(f"/admin/mock-trading/start?{query}")
    assert answer.status_code == 400
    for part in named:
        assert part in answer.text
    assert not client.get("/admin/mock-trading/status").json()["running"]
    assert sink.trades == []


@pytest.mark.parametrize("body", [{"users": []}, {"users": [1]}, {"pattern": 1}, {"speed": 1}, []])
def test_a_body_that_says_nothing_known_is_refused(client, body) -> None:
    answer = client.post("/admin/mock-trading/start", json=body)
    assert answer.status_code == 400
    assert any(name in answer.text for name in ("users", "pattern", "speed", "body"))


def test_a_planted_pattern_is_said_and_labelled_with_what_was_produced(
    client, sink, tmp_path
) -> None:
    started = datetime.now(UTC)
    answer = client.post(
        "/admin/mock-trading/start?rateMs=20&symbols=SOL/USDT&exchanges=OKX&pattern=wash"
    )
    assert answer.text == "Mock trading started, one trade every 20 ms, wash planted among them"
    status = client.get("/admin/mock-trading/status").json()
    assert status["pattern"] == "wash"
    assert started <= datetime.fromisoformat(status["patternSince"]) <= datetime.now(UTC)
    time.sleep(2.0)
    client.post("/admin/mock-trading/stop")
    status = client.get("/admin/mock-trading/status").json()
    assert (status["pattern"], status["patternSince"]) == (None, None)

    (label,) = client.get("/api/admin/mock-trading/labels").json()
    ids = {row[0] for row in logged(tmp_path, "select trade_id from planted_trades")}
    planted = [trade for trade in sink.trades if trade.trade_id in ids]
    assert (label["pattern"], label["typology"]) == ("wash", "wash_trading")
    assert (label["symbol"], label["exchange"], label["severity"]) == ("SOL/USDT", "OKX", "high")
    # it was stopped long before its end
    assert 0 < label["tradeCount"] == len(planted) < label["plannedTradeCount"]
    assert label["users"] == sorted({trade.account_id for trade in planted})
    times = [trade.traded_at / 1e6 for trade in planted]
    for name, at in (("firstTradeAt", min(times)), ("lastTradeAt", max(times))):
        assert abs(datetime.fromisoformat(label[name]).timestamp() - at) < 0.001
    # the two halves of a pair have one quantity and opposite sides
    sides: dict[str, list[str | None]] = {}
    for trade in planted:
        sides.setdefault(trade.quantity, []).append(trade.side)
    assert ["buyer", "seller"] in [sorted(map(str, pair)) for pair in sides.values()]


def test_labels_outlive_the_service_and_are_bounded(sink, tmp_path) -> None:
    with running(sink, tmp_path) as client:
        for pattern in ("spike", "crash", "pump"):
            client.post(
                f"/admin/mock-trading/start?pattern={pattern}&rateMs=10"
                "&symbols=BTC/USDT&exchanges=OKX"
            )
            time.sleep(0.7)
    with running(sink, tmp_path) as client:
        labels = client.get("/admin/mock-trading/labels?limit=2").json()
        assert client.get("/admin/mock-trading/labels?limit=0").status_code == 400
    assert [label["typology"] for label in labels] == ["pump_and_dump", "flash_crash"]


def test_planted_trades_that_could_not_be_sent_are_not_labelled_as_produced(client, sink) -> None:
    sink.refuses = True
    client.post("/admin/mock-trading/start?rateMs=10&pattern=pump&symbols=BTC/USDT&exchanges=OKX")
    time.sleep(0.7)
    client.post("/admin/mock-trading/stop")
    (label,) = client.get("/admin/mock-trading/labels").json()
    assert (label["tradeCount"], label["users"], label["firstTradeAt"]) == (0, [], None)


def test_a_rate_that_is_none_is_refused(client) -> None:
    answer = client.post("/admin/mock-trading/start?rateMs=0")
    assert answer.status_code == 400
    assert "rateMs" in answer.text


def test_mock_trading_goes_on_when_a_trade_cannot_be_sent(client, sink) -> None:
    sink.refuses = True
    client.post("/admin/mock-trading/start?rateMs=10")
    time.sleep(0.1)
    sink.refuses = False
    time.sleep(0.3)
    client.post("/admin/mock-trading/stop")
    assert sink.trades
    assert client.get("/admin/stats").json()["failedProductions"] > 0


def test_disabled_mock_trading_says_so(sink, tmp_path) -> None:
    with running(sink, tmp_path, mock_enabled=False) as client:
        for verb in ("start", "stop"):
            answer = client.post(f"/admin/mock-trading/{verb}")
            assert (answer.status_code, answer.text) == (400, "Mock trading is disabled")
        assert client.get("/admin/mock-trading/status").json()["enabled"] is False


def test_health_and_the_documentation_answer(client) -> None:
    health = client.get("/admin/health").json()
    assert health["status"] == "UP"
    assert set(health) == {"status", "service", "timestamp"}
    assert "/trades/produce" in client.get("/api-docs").json()["paths"]
    assert client.get("/swagger-ui.html").is_success


def test_without_a_broker_trades_land(tmp_path) -> None:
    store = LocalObjectStore(tmp_path / "objects")
    sink = LandingSink(store, tmp_path / "scratch")
    trades = [TRADE, TRADE | {"exchange": "KRAKEN", "quantity": 1e-7}]
    with running(sink, tmp_path) as client:
        assert client.post("/trades/produce-batch", json=trades).is_success
    rows = {}
    for key in landed_objects(store, "trades"):
        for row in pq.read_table(store.path(key), partitioning=None).to_pylist():
            rows[row["venue"]] = row
    assert set(rows) == {"binance", "kraken"}
    assert (rows["kraken"]["format"], rows["kraken"]["error"]) == ("tapewatch", None)
    assert Decimal(rows["kraken"]["quantity"]) == Decimal("1e-7")
    assert rows["binance"]["account_id"] == "u1"


@pytest.mark.parametrize("prefix", ["", "/api"])
def test_every_path_is_served_with_and_without_api(client, sink, prefix: str) -> None:
    assert client.post(f"{prefix}/trades/produce", json=TRADE).text == "Trade produced successfully"
    assert client.post(f"{prefix}/trades/produce", json={}).text.startswith("Failed to produce")
    assert client.get(f"{prefix}/admin/health").json()["status"] == "UP"
    assert client.get(f"{prefix}/admin/stats").json()["failedProductions"] == 1
    assert len(sink.trades) == 1
    page = client.get(f"{prefix}/swagger-ui.html").text
    # nothing of the page comes from elsewhere
    assert "https://" not in page
    for path in re.findall(r'(?:src|href)="([^"]+)"', page):
        assert path.startswith(f"{prefix}/swagger-ui/")
        assert client.get(path).is_success
    assert f"url: '{prefix}/api-docs'" in page
    assert client.get(f"{prefix}/api-docs").json()["openapi"].startswith("3.")


def test_a_body_that_is_too_large_is_refused_and_takes_no_memory(client, sink) -> None:
    junk = b"[" + b"[]," * 7_000_000 + b"[]]"
    tracemalloc.start()
    answer = client.post("/trades/produce-batch", content=iter([junk[:16_000_000], junk]))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (answer.status_code, answer.text) == (413, "a body has at most 1,048,576 bytes")
    # the test's client itself holds the body twice
    assert peak < 150_000_000
    assert sink.trades == []
    assert client.post("/trades/produce", json=TRADE).is_success


def test_a_body_of_junk_is_refused_with_one_error_and_little_memory(client) -> None:
    tracemalloc.start()
    answer = client.post("/trades/produce-batch", content=b"[" + b"0," * 500_000 + b"0]")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert answer.status_code == 400
    assert len(answer.text) < 1_000
    assert peak < 50_000_000


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"price":' + b"1" * 10_000 + b"}",
        b"\xff\xfe",
        b"{",
        b'{"userId": "\\ud800"}',
        b"null",
        b"",
    ],
)
def test_any_body_is_answered_in_plain_text(client, body: bytes) -> None:
    for path in ("/trades/produce", "/trades/produce-batch"):
        answer = client.post(path, content=body, headers={"content-type": "application/json"})
        assert answer.status_code == 400
        assert answer.text.startswith("Failed to produce trade: ")


@pytest.mark.parametrize(
    "change",
    [
        {"price": "1e999999999"},
        {"quantity": "1e-999999999"},
        {"quantity": 1e14},
        {"userId": "a\0b"},
        {"customerId": "\ud800"},
        {"userId": "\u202ea"},
        {"userId": "x" * 257},
    ],
)
def test_what_the_platform_would_reject_is_not_produced(client, sink, change: dict) -> None:
    body = json.dumps(TRADE | change)
    answer = client.post(
        "/trades/produce", content=body, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 400
    assert sink.trades == []


@pytest.mark.parametrize("rate", [0, -1, 3_600_001, 10**30])
def test_a_rate_beyond_its_bounds_is_refused(client, rate: int) -> None:
    answer = client.post(f"/admin/mock-trading/start?rateMs={rate}")
    assert answer.status_code == 400
    assert "rateMs" in answer.text


def test_a_new_rate_counts_at_once(client, sink) -> None:
    client.post("/admin/mock-trading/start?rateMs=3600000")
    time.sleep(0.2)
    assert len(sink.trades) == 1
    client.post("/admin/mock-trading/start?rateMs=10")
    time.sleep(0.5)
    client.post("/admin/mock-trading/stop")
    assert len(sink.trades) > 5


@pytest.fixture
def address(
    sink: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[str, int]]:
    """A server as the command starts it, but with less patience."""
    for name in ("HEAD_SECONDS", "BODY_SECONDS"):
        monkeypatch.setattr(client_limits, name, 0.3)
    log = ProductionLog(tmp_path / "simulation" / "produced.sqlite")
    configuration = uvicorn.Config(
        service(sink, log), port=0, log_level="warning", http=client_limits.HeadLimit
    )
    server = uvicorn.Server(configuration)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()
    server.should_exit = True
    thread.join()


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (b"", b""),
        (b"POST /trades/produce HTTP/1.1\r\nHost: x\r\n", b""),
        (
            b"POST /trades/produce HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{",
            b"HTTP/1.1 408",
        ),
    ],
)
def test_a_slow_client_is_cut(address, sent: bytes, answer: bytes) -> None:
    with socket.create_connection(address, timeout=10) as connection:
        connection.sendall(sent)
        began = time.monotonic()
        received = b""
        try:
            while part := connection.recv(4096):
                received += part
        except ConnectionResetError:
            pass
        assert time.monotonic() - began < 5
    assert received.startswith(answer)
    assert bool(received) == bool(answer)


def test_a_client_in_time_keeps_its_connection(address) -> None:
    host, port = address
    with httpx.Client(base_url=f"http://{host}:{port}") as client:
        for _ in range(3):
            assert client.post("/api/trades/produce", json=TRADE).is_success
            time.sleep(0.1)
