"""The producing service: its routes, its answers, and what it remembers."""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient

from assets.lake.objects.object_store import LocalObjectStore
from assets.landing.messages import TradeMessage
from assets.landing.reader import landed_objects
from assets.simulation.mock_trading import MARKETS, mock_trade
from assets.simulation.production_log import ProductionLog
from assets.simulation.service import service
from assets.simulation.sinks import LandingSink, SinkError

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
    random = np.random.default_rng(1)
    trades = [mock_trade(random).model_dump(mode="json") for _ in range(300)]
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
        "symbols": list(MARKETS),
        "exchanges": ["BINANCE", "COINBASE", "KRAKEN", "KUCOIN", "OKX"],
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
