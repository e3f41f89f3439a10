"""Through GraphQL, as the UI does it: a simulated market becomes alerts and a report."""

from collections.abc import Callable

import pytest

from assets.alerts.reading import list_alerts
from assets.lake.lake import Lake
from assets.lake.settings import Settings
from tests.orchestration.ui import Ui, due, ui  # noqa: F401

pytestmark = pytest.mark.slow


@pytest.mark.path
def test_a_simulated_market_becomes_alerts_and_a_report(
    ui: Callable[[], Ui],  # noqa: F811
    settings: Settings,
) -> None:
    page = ui()
    config = {"ops": {"landing__simulated_trades": {"config": {"trades": 20_000, "seed": 3}}}}
    days = ["2024-08-08", "2024-08-09"]
    for day in days:
        assert page.run("simulate_market", day, **config) == "SUCCESS"
    assert page.node("landing", "simulated_trades")["partitionStats"]["numMaterialized"] == 2
    assert due() == days
    for day in days:
        assert page.run("daily_surveillance", day) == "SUCCESS"
    # what a run has read starts nothing again
    assert due() == []
    assert list_alerts(Lake(settings), None)
    report = page.node("reports", "daily")
    assert report["partitionStats"] == {"numMaterialized": 2, "numFailed": 0}
    (link,) = [
        entry["url"]
        for entry in report["assetMaterializations"][0]["metadataEntries"]
        if entry["label"] == "newest"
    ]
    assert link == "http://127.0.0.1:3001/daily/2024-08-09.html"
    assert report["owners"] == [{"team": "surveillance"}]
    assert (settings.reports / "daily" / "2024-08-09.html").exists()
