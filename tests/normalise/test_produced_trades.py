"""A trade from the producing service's request to `core.trades`."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from assets.simulation.production_log import ProductionLog
from assets.simulation.service import service
from assets.simulation.sinks import LandingSink
from tests.normalise.conftest import Stage

TRADE = {
    "userId": "ann",
    "customerId": "c1",
    "symbol": "ETH/USDT",
    "side": "SELL",
    "quantity": 0.25,
    "price": 3000.5,
    "exchange": "KUCOIN",
}
WALLETS = [
    "0x52908400098527886E0F7030069857D2E4169EE7",
    "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq",
    None,
]


@pytest.mark.parametrize("wallet", WALLETS)
def test_every_field_of_a_request_reaches_the_trades(
    stage: Stage, tmp_path: Path, wallet: str | None
) -> None:
    log = ProductionLog(tmp_path / "produced.sqlite")
    asked_on = datetime.now(UTC).date()
    with TestClient(service(LandingSink(stage.store, tmp_path / "scratch"), log)) as client:
        assert client.post("/trades/produce", json=TRADE | {"walletAddress": wallet}).is_success
    stage.normalise(f"{asked_on}T00:00", f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}")
    assert stage.rows(
        "select venue, symbol, aggressor_side, price_double, quantity_double, order_type, "
        "account_id, customer_id, wallet_address from lake.core.trades"
    ) == [("kucoin", "ETH-USDT", "seller", 3000.5, 0.25, "LIMIT", "ann", "c1", wallet)]
