"""Alerts on clean data are counted by detector and severity beside the rate that is stated."""

import os
from math import ceil
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from assets.evaluation.clean import evaluate_clean
from assets.lake.settings import load_settings
from assets.simulation.clean_market import SYMBOLS, TRADES_A_DAY, write_clean_market
from assets.simulation.seeds import EVALUATION
from orchestration.command_line.app import app
from orchestration.command_line.clean_evaluation import (
    evaluate_clean_files,
    evaluate_simulated_classes,
)

DAYS_A_CLASS = int(os.environ.get("TAPEWATCH_CLEAN_SYMBOL_DAYS", "200"))


def alerts(detector: str, *severities: str) -> list[dict[str, str]]:
    return [{"detector": detector, "severity": one, "status": "open"} for one in severities]


def test_a_count_is_compared_with_the_stated_rate_and_severities_are_counted_apart() -> None:
    stated = {"flash_crash": 0.05, "volume_spike": 0.05}
    found = alerts("flash_crash", "high", "low", "low") + alerts("volume_spike", *["low"] * 40)
    found.append(alerts("flash_crash", "high")[0] | {"status": "superseded"})
    rows = {
        (row.detector, row.severity): row for row in evaluate_clean(found, found[:2], 200, stated)
    }
    crash = rows["flash_crash", "all"]
    assert (crash.alerts, crash.rate, crash.stated_rate) == (3, 3 / 200, 0.05)
    assert crash.rate_interval == pytest.approx((0.6187 / 200, 8.7673 / 200), abs=1e-5)
    # ten are expected
    assert crash.allowed_alerts == (2, 22)
    assert crash.is_stated_rate_true
    assert rows["volume_spike", "all"].is_stated_rate_true is False
    assert rows["flash_crash", "high"].alerts == 1
    assert rows["flash_crash", "low"].stated_rate is None
    assert {key[1]: row.alerts for key, row in rows.items() if key[0] == "incidents"} == {
        "high": 1, "low": 1, "all": 2,
    }  # fmt: skip


def test_no_time_is_refused() -> None:
    with pytest.raises(ValueError, match="no symbol-day"):
        evaluate_clean([], [], 0, {"flash_crash": 0.05})


@pytest.mark.slow
def test_a_source_of_one_fill_an_order_never_sweeps(tmp_path: Path) -> None:
    for source, is_swept in (("sweeps", True), ("one fill an order", False)):
        folder = tmp_path / source
        assert write_clean_market(1, 2, "thin", source, folder) == 2 * SYMBOLS  # pyright: ignore[reportArgumentType]
        files = sorted((folder / "trades").glob("*.parquet"))
        tables = [pq.read_table(file) for file in files]
        assert {table.num_rows for table in tables} == {2 * 288}
        fills = [np.unique(table["order_id"].to_numpy(), return_counts=True)[1] for table in tables]
        assert (max(one.max() for one in fills) > 1) == is_swept


def test_the_command_takes_files_or_a_number() -> None:
    result = CliRunner().invoke(app, ["evaluate", "clean"])
    assert result.exit_code != 0
    assert "--data" in str(result.exception)


@pytest.mark.proof
@pytest.mark.timeout(7_200)
def test_the_rate_that_is_printed_is_true_in_every_class() -> None:
    rows = evaluate_simulated_classes(load_settings(), DAYS_A_CLASS)
    untrue = [row for row in rows if not row["is_stated_rate_true"]]
    assert not untrue, untrue


@pytest.mark.proof
@pytest.mark.timeout(7_200)
def test_a_million_clean_trades_stay_within_the_stated_rates(tmp_path: Path) -> None:
    """On so many the engine that is replaced raised 1,553 alerts."""
    days = ceil(1_000_000 / (SYMBOLS * TRADES_A_DAY["middling"]))
    write_clean_market(EVALUATION.start + 100, days, "middling", "sweeps", tmp_path)
    rows = evaluate_clean_files(load_settings(), [tmp_path / "trades"])
    beyond = [row for row in rows if row.allowed_alerts and row.alerts > row.allowed_alerts[1]]
    assert not beyond, beyond
