"""Through GraphQL, as the UI does it: a venue's day is pulled, checked, backfilled, and due."""

from collections.abc import Callable

import pytest

from assets.lake.settings import Settings
from tests.orchestration.ui import Ui, due, ui  # noqa: F401

pytestmark = pytest.mark.slow
DAY = "2023-11-14"
MARKETS = 'since = 2023-11-01\n[markets]\nbinance = ["BTC-USDT"]\n'
BACKFILL = """
mutation ($wanted: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $wanted) {
    __typename
    ... on LaunchBackfillSuccess { backfillId }
    ... on PythonError { message }
  }
}
"""


@pytest.mark.path
def test_a_pull_lands_is_checked_and_its_day_is_due(
    ui: Callable[[], Ui],  # noqa: F811
    settings: Settings,
    pages_of,
    documented,
    monkeypatch,
) -> None:
    url, asked = pages_of("binance", [documented["binance"]["page"], []])
    monkeypatch.setenv("TAPEWATCH_VENUE_URLS", f"binance={url}")
    (settings.root / "markets.toml").write_text(MARKETS)
    page = ui()
    key = ["landing", "exchange_trades", "binance"]
    assert page.run("pull_exchange_trades", DAY, assets=[key]) == "SUCCESS"
    node = page.node(*key)
    assert node["pools"] == ["venue_binance"]
    assert node["partitionStats"] == {"numMaterialized": 1, "numFailed": 0}
    assert asked
    assert due() == [DAY]
    # a day for which the venue has nothing is red, and no day of the lake
    assert page.run("pull_exchange_trades", "2023-11-13", assets=[key]) == "SUCCESS"
    checks = {
        check["name"]: check["executionForLatestMaterialization"]
        for check in page.node(*key)["assetChecksOrError"]["checks"]
    }
    assert checks["each_market_brought_trades"]["status"] == "FAILED"
    assert due() == [DAY]
    wanted = {
        "assetSelection": [{"path": key}],
        "partitionNames": ["2023-11-12", "2023-11-13"],
    }
    assert page.ask(BACKFILL, wanted=wanted)["__typename"] == "LaunchBackfillSuccess"
