"""The market of mock trading: a usual price a symbol, around which random trades are made."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

import numpy as np

from assets.simulation.episodes import Severity
from assets.simulation.trade_requests import TradeRequest

# usual price, least and greatest quantity
MARKETS = {
    "BTC/USDT": (45_000.0, 0.001, 0.101),
    "ETH/USDT": (3_000.0, 0.01, 1.01),
    "SOL/USDT": (100.0, 0.1, 10.1),
    "ADA/USDT": (1.0, 10.0, 1_010.0),
    "DOT/USDT": (25.0, 1.0, 101.0),
    "BNB/USDT": (320.0, 0.1, 10.1),
    "XRP/USDT": (0.5, 20.0, 2_020.0),
    "DOGE/USDT": (0.1, 100.0, 10_100.0),
    "MATIC/USDT": (0.8, 10.0, 1_010.0),
    "LTC/USDT": (80.0, 0.1, 10.1),
}
DECIMALS = 6
DEVIATION = 0.01
LIMIT_SHARE, WALLET_SHARE = 0.7, 0.3


class Market(NamedTuple):
    """One symbol on one exchange."""

    symbol: str
    exchange: str


@dataclass(frozen=True)
class Move:
    """A log move of one market's price, by second from `start`; none before and after it."""

    market: Market
    start: float
    shift: np.ndarray

    def at(self, market: Market, second: float) -> float:
        """The move of a market's price at a second."""
        place = int(second - self.start)
        moves = market == self.market and 0 <= place < len(self.shift)
        return float(self.shift[place]) if moves else 0.0


@dataclass(frozen=True, kw_only=True)
class Label:
    """What was planted in which market; the log says what of it was produced, when and by whom."""

    pattern: str
    typology: str
    market: Market
    severity: Severity
    plan: str
    trade_count: int
    episode_id: str = field(default_factory=lambda: uuid.uuid4().hex)


@dataclass(frozen=True)
class Step:
    """Trades to produce together at a second of the flow; `abuse` labels planted ones."""

    at: float
    trades: Sequence[TradeRequest]
    abuse: Label | None = None


def mock_trade(
    random: np.random.Generator,
    market: Market,
    users: Sequence[str],
    user: int,
    move: float = 0.0,
) -> TradeRequest:
    """A random trade of a user, by its place; its notional follows from price and quantity."""
    usual, least, greatest = MARKETS[market.symbol]
    price = usual * np.exp(move) * random.uniform(1 - DEVIATION, 1 + DEVIATION)
    return TradeRequest(
        userId=users[user],
        customerId=f"customer-{user + 1}",
        symbol=market.symbol,
        side="BUY" if random.random() < 0.5 else "SELL",
        quantity=Decimal(f"{random.uniform(least, greatest):.{DECIMALS}f}"),
        price=Decimal(f"{price:.{DECIMALS}f}"),
        orderType="LIMIT" if random.random() < LIMIT_SHARE else "MARKET",
        exchange=market.exchange,
        walletAddress=f"0x{random.bytes(20).hex()}" if random.random() < WALLET_SHARE else None,
    )
