"""Pulls as assets: what lands, which checks turn red, what is repeated, which file is refused."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from assets.lake.resource import LakeResource
from assets.lake.settings import Settings, SettingsError
from assets.landing.venues import asset as pulls
from assets.landing.venues import paging, pull
from assets.landing.venues.asset import pull_asset, pull_assets
from assets.landing.venues.exchange import open_exchange
from assets.landing.venues.known import VENUES
from assets.landing.venues.markets import ListedMarkets, listed_markets
from assets.landing.venues.pull import Volume, is_comparable, stated_volume
from assets.market.window import Window
from tests.landing.venues.conftest import landed_rows

DAY = "2023-11-14"
DAYS = dg.DailyPartitionsDefinition(start_date="2023-11-01", timezone="UTC")
KEY = dg.AssetKey(["landing", "exchange_trades", "binance"])


@pytest.fixture
def pulled(settings: Settings, pages_of, documented, monkeypatch) -> Iterator[Any]:
    """Pull a day of BTC-USDT from Binance's stand-in: the run, and what the venue was asked."""

    def run(pages: list[Any], symbols=("BTC-USDT",)) -> tuple[dg.ExecuteInProcessResult, list]:
        url, asked = pages_of("binance", pages)
        monkeypatch.setenv("TAPEWATCH_VENUE_URLS", f"binance={url}")
        asset = pull_asset(VENUES["binance"], symbols, DAYS)
        with dg.DagsterInstance.ephemeral() as instance:
            result = dg.materialize(
                [asset],
                partition_key=DAY,
                resources={"lake": LakeResource()},
                instance=instance,
                raise_on_error=False,
            )
        return result, asked

    return run


def checks(result: dg.ExecuteInProcessResult) -> dict[str, dg.AssetCheckEvaluation]:
    return {one.check_name: one for one in result.get_asset_check_evaluations()}


@pytest.mark.slow
def test_a_day_lands_once_and_a_figure_of_other_hours_is_not_compared(
    pulled, documented, settings: Settings
) -> None:
    result, asked = pulled([documented["binance"]["page"], []])
    assert result.success
    (event,) = result.asset_materializations_for_node("landing__exchange_trades__binance")
    assert event.partition == DAY
    assert event.metadata["dagster/row_count"].value == 2
    assert len(landed_rows(settings.objects)) == 2
    assert all(one.passed for one in checks(result).values())
    assert "not comparable" in (checks(result)[pulls.VOLUME].description or "")
    assert checks(result)[pulls.BROUGHT].partition == DAY
    again, asked = pulled([])
    assert again.asset_materializations_for_node("landing__exchange_trades__binance")
    assert asked == []


def test_a_market_without_a_trade_is_red_and_the_run_goes_on(pulled) -> None:
    result, _ = pulled([])
    assert result.success
    check = checks(result)[pulls.BROUGHT]
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.ERROR)
    assert check.description == "no trade of BTC-USDT"


@pytest.mark.parametrize(("stated", "is_near"), [("5.00", True), ("11", False), ("2.4", False)])
def test_the_volume_is_compared_with_the_venues_own(
    pulled, documented, monkeypatch, stated: str, is_near: bool
) -> None:
    monkeypatch.setattr(pull, "is_comparable", lambda *_: True)
    documented["binance"]["markets"]["/api/v3/ticker/24hr"]["volume"] = stated
    result, _ = pulled([documented["binance"]["page"], []])
    check = checks(result)[pulls.VOLUME]
    assert check.passed is is_near
    assert check.description == f"BTC-USDT: pulled 5, the venue's 24 hours {stated}"


def test_a_venue_without_a_figure_is_red(pulled, documented, monkeypatch) -> None:
    monkeypatch.setattr(pull, "is_comparable", lambda *_: True)
    del documented["binance"]["markets"]["/api/v3/ticker/24hr"]
    result, _ = pulled([documented["binance"]["page"], []])
    check = checks(result)[pulls.VOLUME]
    assert not check.passed
    assert check.description == "BTC-USDT: pulled 5, the venue gave no figure"


@pytest.mark.parametrize("name", sorted(VENUES))
def test_each_venue_states_its_24_hours_in_base_units(name: str, http, documented) -> None:
    markets = documented[name]["markets"]
    exchange = open_exchange(VENUES[name], http(lambda path, _: markets.get(path, (404, {}, {}))))
    assert stated_volume(exchange, "BTC-USDT") == Decimal("5.00")


def test_figures_are_compared_within_an_hour_of_the_days_end_and_within_a_factor_of_two() -> None:
    day = Window.of_day(date(2023, 11, 14))
    at = [datetime(2023, 11, 14, 23, 59), datetime(2023, 11, 15, 0, 5), datetime(2023, 11, 15, 2)]
    assert [is_comparable(day, one) for one in at] == [False, True, False]
    found = [Volume("X-Y", Decimal(n), Decimal(10)).is_far for n in (4, 5, 20, 21)]
    assert found == [True, False, False, True]


def test_a_fault_that_passes_is_retried_and_one_market_does_not_stop_the_others(
    pulled, documented, monkeypatch, settings: Settings
) -> None:
    monkeypatch.setattr(paging, "ATTEMPTS", 1)
    monkeypatch.setattr(pulls, "RETRIES", dg.RetryPolicy(max_retries=1))
    page = documented["binance"]["page"]
    result, _ = pulled([(503, {}, {}), page, []], symbols=("BTC-USDT", "NONE-USDT"))
    assert not result.success
    kinds = [event.event_type_value for event in result.all_events]
    assert kinds.count("STEP_UP_FOR_RETRY") == 1
    (failure,) = [event for event in result.all_events if event.is_step_failure]
    description = failure.step_failure_data.user_failure_data.description
    assert "binance does not list NONE-USDT" in description
    assert len(landed_rows(settings.objects)) == 2
    assert not checks(result)[pulls.BROUGHT].passed


def test_a_venue_has_a_pool_a_policy_and_days_from_the_first_listed_one() -> None:
    (asset,) = pull_assets(ListedMarkets(date(2023, 11, 1), {"binance": ("BTC-USDT",)}))
    assert asset.key == KEY
    assert asset.op.pools == {"venue_binance"}
    policy = asset.op.retry_policy
    assert (policy.max_retries, policy.delay, policy.backoff) == (4, 60, dg.Backoff.EXPONENTIAL)
    assert asset.partitions_def.get_first_partition_key() == "2023-11-01"
    assert pull_assets(None) == []


def test_listed_markets_are_read_and_a_file_that_is_wrong_says_where(tmp_path: Path) -> None:
    assert listed_markets(tmp_path) is None
    file = tmp_path / "markets.toml"
    file.write_text('since = 2023-11-01\n[markets]\nkraken = ["BTC-USD", "ETH-USD", "BTC-USD"]\n')
    assert listed_markets(tmp_path) == ListedMarkets(
        date(2023, 11, 1), {"kraken": ("BTC-USD", "ETH-USD")}
    )


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("since = 2023-11-01\n[markets\n", "markets.toml: .*line 2"),
        ("[markets]\nkraken = ['BTC-USD']\n", "since is the first day to pull"),
        ("since = 2023-11-01T00:00:00\n[markets]\nkraken = ['BTC-USD']\n", "since is the first"),
        ("since = 2023-11-01\n", "markets has a list for each venue"),
        ("since = 2023-11-01\n[markets]\nmtgox = ['BTC-USD']\n", "mtgox is no venue: .*binance"),
        ("since = 2023-11-01\n[markets]\nkraken = 'BTC-USD'\n", "kraken lists its symbols"),
        ("since = 2023-11-01\n[markets]\nkraken = ['btc/usd']\n", "is like BTC-USD, was 'btc/usd'"),
        ("since = 2023-11-01\nsymbols = 1\n[markets]\nkraken = ['B-U']\n", "symbols is no key"),
    ],
)
def test_each_fault_of_the_file_is_named(tmp_path: Path, text: str, fault: str) -> None:
    (tmp_path / "markets.toml").write_text(text)
    with pytest.raises(SettingsError, match=fault):
        listed_markets(tmp_path)
