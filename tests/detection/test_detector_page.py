"""The page of all detectors is made, and says what figures measured."""

import json

import pytest

from assets.detection import measured as figures
from assets.detection.catalogue import PATTERNS
from assets.detection.detector import detectors
from assets.detection.detector_page import PAGE, detector_page


@pytest.fixture
def measured(tmp_path, monkeypatch):
    """Figures of one detector; the files are read once a process."""
    monkeypatch.setattr(figures, "FIGURES", tmp_path)
    quality = {
        "typology": "flash_crash", "severity": "high", "planted": 60, "found": 57,
        "precision": 0.95, "recall": 0.95, "recall_interval": [0.9, 0.99], "median_delay_s": 42.0,
    }  # fmt: skip
    rate = {
        "detector": "flash_crash", "liquidity": "thin", "source": "sweeps", "alerts": 3,
        "symbol_days": 200, "is_stated_rate_true": False, "allowed_alerts": [0, 2],
    }  # fmt: skip
    cost = {"detector": "flash_crash", "cpu_s": 1.26, "trades": 10_000_000}
    for name, row in (("market", quality), ("clean", rate), ("cost", cost)):
        (tmp_path / f"{name}.json").write_text(json.dumps([row]))
    forget()
    yield figures.measured
    monkeypatch.undo()
    forget()


def forget():
    figures.measured.cache_clear()
    figures._read.cache_clear()


def test_the_committed_page_is_made_from_the_detectors():
    assert detector_page() == PAGE.read_text()


def test_the_page_names_each_detector_with_its_thresholds_and_all_else_with_a_reason():
    page = detector_page()
    for detector in detectors():
        assert f"## {detector.name}\n" in page
        assert all(f"| `{name}` |" in page for name in type(detector.params).model_fields)
    assert all(f"| {one.name} | {one.state} | {one.reason} |" in page for one in PATTERNS)


def test_figures_become_sentences(measured):
    assert measured("flash_crash") == (
        "Planted in fresh simulated markets, severity high: found 57 of 60 "
        "(recall 0.90 to 0.99), precision 95 %, median delay 42 s.",
        "Clean simulated markets, thin, sweeps: 3 alerts in 200 symbol-days "
        "(not as stated, which would be 0 to 2).",
        "Cost on a day of 10,000,000 trades: 1.3 CPU seconds, its features not counted.",
    )
    assert measured("wash_ring") == ()
