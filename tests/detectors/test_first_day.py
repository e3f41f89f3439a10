"""A symbol's first day: a fallback judges it, and its alert says so, through the whole path."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from assets.alerts.reading import list_alerts
from assets.detection.tables import DETECTOR_RUNS
from assets.detectors.trades.large_order import large_order
from assets.detectors.trades.volume_spike import volume_spike
from assets.lake.lake import Lake
from assets.lake.partitions import look_again
from assets.lake.settings import load_settings
from orchestration.command_line.app import app

HEADER = "trade_id,timestamp,symbol,price,quantity,side,trader_id,order_id,event_type"
MIDNIGHT = datetime(2024, 3, 1)
# price, and the usual quantities of the replaced systems' generator
USUAL = {
    "BTCUSDT": (45_000.0, 0.001, 0.101),
    "ETHUSDT": (3_000.0, 0.01, 1.01),
    "SOLUSDT": (100.0, 0.1, 10.1),
}
LARGE = {"BTCUSDT": 550_000, "ETHUSDT": 275_000, "SOLUSDT": 114_000}
BURST, BURST_AT = "ETHUSDT", timedelta(hours=3)
pytestmark = pytest.mark.slow


def trade_log(path: Path, order_at: timedelta, *, whole_seconds: bool) -> Path:
    """Six hours of 600 trades a symbol, one large order of each, and a burst of eight minutes."""
    random = np.random.default_rng(1)
    rows: list[tuple[datetime, str, float, float]] = []
    for symbol, (price, least, most) in USUAL.items():
        for second in np.sort(random.uniform(0, 6 * 3_600, 600)):
            at = MIDNIGHT + timedelta(seconds=float(second))
            rows.append((at, symbol, price, random.uniform(least, most)))
        rows.append((MIDNIGHT + order_at, symbol, price, LARGE[symbol] / price))
    price, _, most = USUAL[BURST]
    rows += [(MIDNIGHT + BURST_AT + timedelta(seconds=2.4 * n), BURST, price, 3 * most)
             for n in range(200)]  # fmt: skip
    lines = [HEADER]
    for number, (at, symbol, price, quantity) in enumerate(sorted(rows)):
        time = at.replace(microsecond=0) if whole_seconds else at
        side = "BUY" if number % 2 else "SELL"
        lines.append(
            f"t{number},{time.isoformat(timespec='microseconds')},{symbol},{price},"
            f"{quantity:.6f},{side},a{number % 9},o{number},TRADE"
        )
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(
    scope="module",
    params=[
        pytest.param((timedelta(hours=5, seconds=7.123), False), id="after five hours"),
        pytest.param((timedelta(seconds=90.5), False), id="in the first minutes"),
        pytest.param((timedelta(hours=2, seconds=11), True), id="in whole seconds"),
    ],
)
def first_day(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lake]:
    """The lake after a run of a first day."""
    order_at, whole_seconds = request.param
    folder = tmp_path_factory.mktemp("first_day")
    source = trade_log(folder / "trades.csv", order_at, whole_seconds=whole_seconds)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TAPEWATCH_HOME", str(folder / "home"))
        patch.setenv("DAGSTER_HOME", str(load_settings().dagster_home))
        look_again()
        result = CliRunner().invoke(app, ["run", "--input", str(source), "--json"])
        assert result.exit_code in {0, 3}, result.output
        yield Lake(load_settings())


def found(lake: Lake, detector: str) -> list[dict[str, Any]]:
    return [alert for alert in list_alerts(lake) if alert["detector"] == detector]


@pytest.mark.path
def test_the_large_orders_of_the_replaced_system_fire_and_nothing_else_does(
    first_day: Lake,
) -> None:
    alerts = found(first_day, "large_order")
    of = {alert["symbol"]: json.loads(alert["evidence"])["order_notional"] for alert in alerts}
    assert of == {
        f"{symbol.removesuffix('USDT')}-USDT": pytest.approx(usd, rel=1e-4)
        for symbol, usd in LARGE.items()
    }
    assert len(alerts) == len(LARGE)


def test_an_alert_of_the_fallback_states_its_weaker_rate_and_what_it_was_judged_by(
    first_day: Lake,
) -> None:
    assert large_order.fallback is not None
    for alert in found(first_day, "large_order"):
        assert alert["null_rate_per_symbol_day"] == large_order.fallback.null_rate_per_symbol_day
        assert "History is too short" in alert["description"]
        assert "an unknown number" not in alert["description"]


def test_a_burst_of_the_first_hours_is_found_beside_the_hours_before(first_day: Lake) -> None:
    (alert,) = found(first_day, "volume_spike")
    assert alert["symbol"] == "ETH-USDT"
    assert alert["window_start_at"] == MIDNIGHT + BURST_AT
    assert volume_spike.fallback is not None
    assert alert["null_rate_per_symbol_day"] == volume_spike.fallback.null_rate_per_symbol_day
    assert "History is too short" in alert["description"]
    assert "an unknown number" not in alert["description"]


def test_the_cells_that_the_fallback_judged_count_as_judged(first_day: Lake) -> None:
    with first_day.connect() as connection:
        runs = connection.execute(
            "select outcome, cells_judged, cells_insufficient, expected_false_alerts "
            f"from lake.{DETECTOR_RUNS.name} where detector = 'large_order'"
        ).fetchall()
    assert large_order.fallback is not None
    rate = large_order.fallback.null_rate_per_symbol_day
    assert len(runs) == len(USUAL)
    for outcome, judged, insufficient, expected in runs:
        assert outcome == "ran"
        # six hours, and those in which nothing is known to be missing
        assert judged >= 6
        assert expected == pytest.approx(rate * judged / (judged + insufficient))
