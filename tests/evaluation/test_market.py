"""Precision, recall and intervals over hand-made events, and the command over a small market."""

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from assets.evaluation.market import ALL, ALWAYS, NEVER, Row, evaluate_market
from assets.evaluation.matching import Event, Finding
from assets.simulation.market_files import write_market
from ml.intervals import count_interval, rate_interval, ratio_interval, resampled
from orchestration.command_line.app import app

DAY = date(2024, 8, 9)
MARKET = ("north", "BTC-USDT")
BLOCKS = [(0, *MARKET, DAY), (0, *MARKET, DAY + timedelta(days=1))]
KEYS = {"typology", "severity", "planted", "found", "precision", "recall", "median_delay_s"}


def at(hours: float) -> datetime:
    return datetime(2024, 8, 9) + timedelta(hours=hours)


def event(number: int, hours: float, severity: str = "high") -> Event:
    return Event(
        event_id=str(number),
        typology="flash_crash",
        severity=severity,
        is_abuse=True,
        market=MARKET,
        start_at=at(hours),
        end_at=at(hours + 0.1),
    )


def alert(number: int, hours: float, detector: str = "flash_crash") -> Finding:
    return Finding(
        finding_id=str(number),
        detectors=(detector,),
        severity="high",
        place=MARKET,
        start_at=at(hours),
        end_at=at(hours + 0.1),
        known_at=at(hours) + timedelta(seconds=90),
        markets=frozenset({MARKET}),
    )


def row(rows: list[Row], typology: str, severity: str = ALL) -> Row:
    return next(one for one in rows if (one.typology, one.severity) == (typology, severity))


def test_recall_and_precision_are_of_events_and_false_alerts() -> None:
    events = [event(1, 2), event(2, 10), event(3, 30, "low"), event(4, 40, "low")]
    # two found, one of them twice; two false, one of another detector
    alerts = [alert(1, 2), alert(2, 2.3), alert(3, 30), alert(4, 20), alert(5, 21, "volume_spike")]
    made = evaluate_market(alerts, events, BLOCKS)
    every = row(made.rows, "flash_crash")
    assert (every.planted, every.found, every.false) == (4, 2, 1)
    assert every.recall == 0.5
    assert every.precision == pytest.approx(2 / 3)
    assert every.median_delay_s == 90
    assert every.alerts_per_symbol_day == 4 / 2
    high = row(made.rows, "flash_crash", "high")
    assert (high.planted, high.found, high.false, high.recall) == (2, 1, 0.5, 0.5)
    by_detector = {one.detector: one for one in made.detectors}
    assert by_detector["flash_crash"].repeated == 1
    assert by_detector["volume_spike"].false == 1


def test_an_event_of_no_market_with_trades_is_left_out() -> None:
    wallet = replace(event(2, 3), market=("", ""), typology="structuring")
    made = evaluate_market([], [event(1, 2), wallet], BLOCKS)
    assert {one.typology for one in made.rows} == {"flash_crash", ALWAYS, NEVER}


def test_always_firing_finds_all_with_many_false_alerts_and_never_firing_finds_none() -> None:
    made = evaluate_market([], [event(1, 2), event(2, 10)], BLOCKS)
    always, never = row(made.rows, ALWAYS), row(made.rows, NEVER)
    assert (always.recall, always.alerts_per_symbol_day) == (1.0, 48)
    assert always.precision == pytest.approx(2 / 96)
    assert (never.recall, never.precision) == (0.0, None)


def test_the_same_blocks_have_the_same_intervals_and_more_blocks_narrower_ones() -> None:
    random = np.random.default_rng(1)
    few, many = (random.integers(0, 2, (count, 2)).astype(float) for count in (40, 4_000))
    once, again = resampled(few), resampled(few)
    assert (once == again).all()
    assert once.shape == (2_000, 2)
    wide, narrow = (
        ratio_interval(sums[:, 0], sums.sum(axis=1)) for sums in (once, resampled(many))
    )
    assert wide is not None
    assert narrow is not None
    assert narrow[1] - narrow[0] < 0.2 * (wide[1] - wide[0])
    assert wide[0] < 0.5 < wide[1]
    assert ratio_interval(np.zeros(3), np.zeros(3)) is None


def test_exact_intervals_have_the_values_of_the_tables() -> None:
    # Garwood's interval of a count of 0 and of 10
    assert rate_interval(0, 1.0) == pytest.approx((0.0, 3.6889), abs=1e-3)
    assert rate_interval(10, 2.0) == pytest.approx((4.7954 / 2, 18.3904 / 2), abs=1e-3)
    assert count_interval(0.0, 0.999) == (0, 0)
    least, most = count_interval(10.0, 0.999)
    assert (least, most) == (2, 22)


@pytest.mark.path
def test_the_command_gives_a_row_for_each_planted_typology_and_severity(tmp_path: Path) -> None:
    write_market(20_000, 3, tmp_path)
    result = CliRunner().invoke(app, ["evaluate", "market", "--data", str(tmp_path), "--json"])
    assert result.exit_code == 0, result.output
    rows = json.loads(result.stdout)
    assert all(row.keys() >= KEYS for row in rows)
    assert {row["typology"] for row in rows} > {ALWAYS, NEVER}
    (always,) = (row for row in rows if row["typology"] == ALWAYS)
    assert always["recall"] > 0.9


def test_a_folder_without_labels_is_refused_with_what_to_name(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["evaluate", "market", "--data", str(tmp_path)])
    assert result.exit_code != 0
    assert "labels.parquet" in str(result.exception)
