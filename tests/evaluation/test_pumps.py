"""Pumps are counted as found, missed or false by their labels, to the second."""

import gzip
import os
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from assets.alerts.episodes import Alert
from assets.evaluation.pumps import Label, Recording, evaluate_pumps, read_labels, summarise

ROOT = Path(__file__).resolve().parents[2]
SHARED_DATA = Path(os.environ.get("TAPEWATCH_SHARED_DATA", ROOT.parent / "shared" / "data"))
ONSET = datetime(2020, 3, 3, 16)
PUMP = Label("AAA.csv.gz", True, ONSET, ONSET + timedelta(seconds=30))
HEADER = "symbol,timestamp,datetime,side,price,amount,btc_volume\n"


def alert(seconds: float) -> Alert:
    """An alert whose first hit's cell starts so many seconds after the onset."""
    start_at = ONSET + timedelta(seconds=seconds)
    return Alert(
        alert_id="0",
        revision=1,
        status="open",
        is_confirmed=False,
        detector="pump_and_dump",
        typology="pump_and_dump",
        detector_version=1,
        params_digest="0",
        severity="high",
        score=0.5,
        venue="binance",
        symbol="AAA-BTC",
        subject_kind="market",
        subject_id="binance AAA-BTC",
        further_subjects="[]",
        window_start_at=start_at,
        window_end_at=start_at,
        statistic=1.0,
        threshold=1.0,
        p_value=None,
        null_rate_per_symbol_day=0.0,
        evidence='{"trades": {"start_at": "2024-03-01 00:00:00", "end_at": "2024-03-01 00:00:05"}}',
        description="",
        recommended_action="",
        data_tier="trades",
        input_snapshot_id=None,
        code_version="",
        run_id="",
        detected_at=ONSET,
        first_hit_start_at=start_at,
        first_hit_end_at=start_at + timedelta(seconds=5),
        hit_count=1,
        trade_day=ONSET.date(),
    )


def recording(*alerts: Alert, label: Label | None = PUMP) -> Recording:
    return Recording(
        file="AAA.csv.gz",
        label=label,
        alerts=alerts,
        symbol_days=2.0,
        rows=10,
        rows_in_core=8,
        rows_dropped=1,
        rows_quarantined=1,
    )


@pytest.mark.parametrize(
    ("seconds", "is_found"), [(-61, False), (-60, True), (0, True), (120, True), (121, False)]
)
def test_a_pump_is_found_from_a_minute_before_to_two_minutes_after_its_onset(
    seconds: int, is_found: bool
) -> None:
    assert PUMP.is_found_by(alert(seconds)) == is_found


def test_a_pump_that_peaks_late_may_be_found_until_a_minute_after_its_peak() -> None:
    late = replace(PUMP, peak_buying_at=ONSET + timedelta(minutes=10))

    assert late.is_found_by(alert(660))
    assert not late.is_found_by(alert(661))


def test_alerts_are_found_missed_or_false() -> None:
    no_pump = replace(PUMP, is_pump=False, onset_at=None, peak_buying_at=None)
    outcome = summarise(
        [
            recording(alert(-3600), alert(2), alert(60)),
            recording(alert(600)),
            recording(alert(0), label=no_pump),
            recording(alert(0), label=None),
        ]
    )

    assert (outcome.pumps, outcome.found, outcome.false_alerts) == (2, 1, 4)
    assert outcome.missed == ("AAA.csv.gz",)
    assert outcome.unlabelled == ("AAA.csv.gz",)
    assert outcome.median_delay_s == 7
    assert (outcome.symbol_days, outcome.false_alerts_per_symbol_day) == (8, 0.5)
    assert (outcome.rows, outcome.rows_in_core, outcome.rows_dropped) == (40, 32, 4)


def test_labels_are_read_from_the_folder_or_from_beside_it(tmp_path: Path) -> None:
    (tmp_path / "pump_labels.csv").write_text(
        "file,announced_at,onset_at,peak_buying_at,is_pump\n"
        "pumps/A.csv.gz,2020-01-01T00:00:00Z,2020-01-01T00:00:02Z,,true\n"
        "pumps/B.csv.gz,2020-01-01T00:00:00Z,,,false\n"
    )
    (tmp_path / "pumps").mkdir()

    labels = read_labels(tmp_path)

    assert labels == read_labels(tmp_path / "pumps")
    assert labels["pumps/A.csv.gz"].onset_at == datetime(2020, 1, 1, 0, 0, 2)
    assert labels["pumps/A.csv.gz"].peak_buying_at is None
    assert not labels["pumps/B.csv.gz"].is_pump


def test_a_folder_without_recordings_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no SYM_"):
        evaluate_pumps(tmp_path, tmp_path)


@pytest.mark.slow
def test_a_quiet_recording_without_a_label_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "recordings"
    folder.mkdir()
    rows = [f"AAA/BTC,{1_583_000_000_000 + 60_000 * n},,buy,0.001,5,0.005\n" for n in range(600)]
    with gzip.open(folder / "AAA_2020-03-03T16.00.csv.gz", "wt") as file:
        file.writelines([HEADER, *rows])
    told: list[tuple[int, int, str]] = []

    outcome = evaluate_pumps(folder, tmp_path / "root", lambda *step: told.append(step))

    assert told == [(1, 1, "AAA_2020-03-03T16.00.csv.gz")]
    assert outcome.unlabelled == ("AAA_2020-03-03T16.00.csv.gz",)
    assert (outcome.pumps, outcome.false_alerts, outcome.rows_in_core) == (0, 0, 600)
    assert outcome.symbol_days == pytest.approx(599 / 1440)


@pytest.mark.proof
@pytest.mark.skipif(
    not (SHARED_DATA / "pump_labels.csv").exists(),
    reason="real recordings have no licence to ship: set TAPEWATCH_SHARED_DATA to their folder",
)
def test_announced_pumps_are_found_with_few_false_alerts(tmp_path: Path) -> None:
    outcome = evaluate_pumps(SHARED_DATA, tmp_path)

    assert outcome.rows == 539_535
    assert outcome.rows == (outcome.rows_in_core + outcome.rows_dropped + outcome.rows_quarantined)
    assert (outcome.pumps, outcome.missed) == (24, ())
    assert outcome.false_alerts_per_symbol_day is not None
    assert outcome.false_alerts_per_symbol_day <= 0.02
    assert outcome.median_delay_s is not None
    assert outcome.median_delay_s <= 10
