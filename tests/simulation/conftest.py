"""Small markets, made once: two quiet days and the day of abuse; one of several venues."""

from pathlib import Path

import pytest

from assets.simulation.accounts import Accounts, population
from assets.simulation.market import Market, generate
from assets.simulation.market_files import MarketSize, WrittenMarket, coin_market, write_market
from assets.simulation.randomness import stream
from assets.simulation.schedule import schedule
from assets.simulation.symbol_market import SymbolMarket

VENUE_TRADES = 60_000


@pytest.fixture(scope="session")
def market() -> Market:
    """A market of three days in memory."""
    return generate(seed=5, quiet_days=2)


@pytest.fixture(scope="session")
def size() -> MarketSize:
    return MarketSize.of(VENUE_TRADES)


@pytest.fixture(scope="session")
def accounts() -> Accounts:
    return Accounts.draw(stream(3, "accounts"), population(VENUE_TRADES))


@pytest.fixture(scope="session")
def bitcoin(size: MarketSize, accounts: Accounts) -> SymbolMarket:
    """One coin on three venues, in memory."""
    symbols = ["BTC-USDT", "ETH-USDT", "KITE-USDT"]
    occasions = schedule(3, symbols, size.days, VENUE_TRADES)
    return coin_market(3, size, accounts, occasions, 0)


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> WrittenMarket:
    """The same market as files, with orders."""
    return write_market(VENUE_TRADES, 3, tmp_path_factory.mktemp("venues"), with_orders=True)


@pytest.fixture(scope="session")
def files(written: WrittenMarket) -> Path:
    return written.labels_file.parent
