"""Mock trading: one random trade after another, until it is stopped."""

import threading
import time
from collections.abc import Callable
from decimal import Decimal

import numpy as np

from assets.simulation.trade_requests import TradeRequest

USERS = tuple(f"user-{number}" for number in range(1, 6))
EXCHANGES = ("BINANCE", "COINBASE", "KRAKEN", "KUCOIN", "OKX")
# usual price, least and greatest quantity
MARKETS = {
    "BTC/USDT": (45_000.0, 0.001, 0.101),
    "ETH/USDT": (3_000.0, 0.01, 1.01),
    "SOL/USDT": (100.0, 0.1, 10.1),
    "ADA/USDT": (1.0, 10.0, 1_010.0),
    "DOT/USDT": (25.0, 1.0, 101.0),
}
DEVIATION = 0.01
LIMIT_SHARE, WALLET_SHARE = 0.7, 0.3
USUAL_RATE_MS = 500


def mock_trade(random: np.random.Generator) -> TradeRequest:
    """A trade of a random user; its notional follows from its price and quantity."""
    symbol = list(MARKETS)[random.integers(len(MARKETS))]
    usual, least, greatest = MARKETS[symbol]
    user = int(random.integers(len(USERS)))
    return TradeRequest(
        userId=USERS[user],
        customerId=f"customer-{user + 1}",
        symbol=symbol,
        side="BUY" if random.random() < 0.5 else "SELL",
        quantity=Decimal(f"{random.uniform(least, greatest):.6f}"),
        price=Decimal(f"{usual * random.uniform(1 - DEVIATION, 1 + DEVIATION):.6f}"),
        orderType="LIMIT" if random.random() < LIMIT_SHARE else "MARKET",
        exchange=EXCHANGES[random.integers(len(EXCHANGES))],
        walletAddress=f"0x{random.bytes(20).hex()}" if random.random() < WALLET_SHARE else None,
    )


class MockTrading:
    """Produces a mock trade every `rate_ms` in a thread of its own."""

    def __init__(self, produce: Callable[[TradeRequest], None], seed: int) -> None:
        self._produce = produce
        self._random = np.random.default_rng(seed)
        self._stopping = threading.Event()
        self._changed = threading.Event()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self.rate_ms = USUAL_RATE_MS

    @property
    def is_running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def start(self, rate_ms: int) -> None:
        """Start, or continue at another rate."""
        with self._lock:
            self.rate_ms = rate_ms
            if self.is_running:
                self._changed.set()
            else:
                self._stopping, self._changed = threading.Event(), threading.Event()
                self._thread = threading.Thread(target=self._run, name="mock-trading", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Stop after the trade that is being produced."""
        with self._lock:
            self._stopping.set()
            self._changed.set()
            if self._thread is not None:
                self._thread.join()

    def _run(self) -> None:
        due = time.monotonic()
        while not self._stopping.is_set():
            self._produce(mock_trade(self._random))
            # a late trade does not make the next ones come in a rush
            due = max(due + self.rate_ms / 1_000, time.monotonic())
            # another rate counts at once, not behind an hour's wait
            if self._changed.wait(due - time.monotonic()):
                self._changed.clear()
                due = time.monotonic()
