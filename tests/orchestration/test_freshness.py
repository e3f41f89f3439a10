"""Freshness by day: which landed day has no report, which venue's last day is not pulled."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from assets.lake.lake import Lake
from assets.lake.resource import LakeResource
from assets.landing.files.importer import land_files
from assets.landing.venues.asset import pull_assets
from assets.landing.venues.markets import ListedMarkets
from assets.publishing.asset import daily_report
from orchestration import freshness
from tests.orchestration.test_day_run import trade, write


def check(
    definition: dg.AssetChecksDefinition, key: dg.AssetKey, days: list[str]
) -> dg.AssetCheckEvaluation:
    """What a check says where these days of an asset have been made."""
    with dg.DagsterInstance.ephemeral() as instance:
        for day in days:
            instance.report_runless_asset_event(dg.AssetMaterialization(key, partition=day))
        definitions = dg.Definitions(
            asset_checks=[definition],
            assets=[dg.AssetSpec(key)],
            jobs=[dg.define_asset_job("checked", dg.AssetSelection.checks(definition))],
            resources={"lake": LakeResource()},
        )
        executed = definitions.resolve_job_def("checked").execute_in_process(instance=instance)
        (evaluation,) = executed.get_asset_check_evaluations()
        return evaluation


@pytest.mark.slow
def test_a_landed_day_without_a_report_is_named(lake: Lake, tmp_path: Path) -> None:
    rows = [trade(1), trade(2).replace("03-01", "03-03"), trade(3).replace("03-01", "03-04")]
    land_files([write(tmp_path / "a.csv", *rows)], lake.objects)
    key = daily_report.key
    stale = check(freshness.reports_are_fresh, key, ["2024-03-01", "2024-03-04"])
    assert not stale.passed
    assert stale.description == "1 of 3 days are missing, the last: 2024-03-03"
    # a day between of which nothing landed needs no report
    days = ["2024-03-01", "2024-03-03", "2024-03-04"]
    assert check(freshness.reports_are_fresh, key, days).passed


def test_a_day_is_due_an_hour_after_its_end() -> None:
    assert freshness.last_due_day(datetime(2024, 3, 2, 0, 59)) == date(2024, 2, 29)
    assert freshness.last_due_day(datetime(2024, 3, 2, 1, 0)) == date(2024, 3, 1)


@pytest.mark.slow
def test_a_venue_whose_last_day_is_not_pulled_is_stale() -> None:
    (asset,) = pull_assets(ListedMarkets(date(2023, 11, 1), {"binance": ("BTC-USDT",)}))
    definition = freshness.pulls_are_fresh(asset)
    last = freshness.last_due_day(datetime.now(UTC).replace(tzinfo=None))
    assert not check(definition, asset.key, [str(last - timedelta(days=1))]).passed
    assert check(definition, asset.key, [str(last)]).passed
