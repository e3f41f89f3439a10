"""Small markets, made once: two quiet days and the day of abuse."""

import pytest

from assets.simulation.market import Market, generate


@pytest.fixture(scope="session")
def market() -> Market:
    """A market of three days in memory."""
    return generate(seed=5, quiet_days=2)
