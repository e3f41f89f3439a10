"""Small markets, made once: two quiet days and the day of abuse; one of several venues."""

from pathlib import Path

import pytest

from assets.simulation.market import Market, generate
from assets.simulation.market_files import WrittenMarket, write_market

VENUE_TRADES = 60_000


@pytest.fixture(scope="session")
def market() -> Market:
    """A market of three days in memory."""
    return generate(seed=5, quiet_days=2)


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> WrittenMarket:
    """The same market as files, with orders."""
    return write_market(VENUE_TRADES, 3, tmp_path_factory.mktemp("venues"), with_orders=True)


@pytest.fixture(scope="session")
def files(written: WrittenMarket) -> Path:
    return written.labels_file.parent
