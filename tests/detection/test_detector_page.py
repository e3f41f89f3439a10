"""The page of all detectors is made, and says what figures measured."""

import json

import pytest

from assets.detection import measured as figures
from assets.detection.catalogue import PATTERNS
from assets.detection.detector import detectors
from assets.detection.detector_page import PAGE, README, detector_page, readme_with_rates


@pytest.fixture
def measured(tmp_path, monkeypatch):
    """Figures of one detector; the files are read once a process."""
    monkeypatch.setattr(figures, "FIGURES", tmp_path)
    quality = {
        "typology": "flash_crash", "severity": "high", "planted": 60, "found": 57,
        "precision": 0.95, "recall": 0.95, "recall_interval": [0.9, 0.99], "median_delay_s": 42.0,
    }  # fmt: skip
    rate = {
        "detector": "flash_crash", "liquidity": "thin", "source": "sweeps", "alerts": 30,
        "symbol_days": 200, "is_stated_rate_true": False, "allowed_alerts": [0, 2],
    }  # fmt: skip
    rings = {
        "found": 258, "planted": 270, "mostly_closed_found": 120, "mostly_closed_planted": 120,
        "precision_of_quantity": 0.99967, "clusters_on_clean_days": 0, "clean_days": 90,
        "clusters_a_clean_day": [0.0, 0.041], "clean_quantity_flagged": 0.0,
    }  # fmt: skip
    cost = {"detector": "flash_crash", "cpu_s": 1.26, "trades": 10_000_000}
    for name, row in (("market", quality), ("clean", rate), ("cost", cost), ("rings", rings)):
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


def test_the_committed_readme_has_the_rates_of_detectors_and_fallbacks():
    readme = README.read_text(encoding="utf-8")
    assert readme_with_rates(readme) == readme
    for one in detectors():
        if one.fallback is not None:
            days = round(1 / one.fallback.null_rate_per_symbol_day)
            assert f"`{one.name}` once in {days:,} days" in readme


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
        "Clean simulated markets, thin, sweeps: 30 alerts in 200 symbol-days "
        "(not as stated, which would be 0 to 12).",
        "Cost on a day of 10,000,000 trades: 1.3 CPU seconds, its features not counted.",
    )
    assert measured("wash_ring") == (
        "Rings planted in fresh simulated days, 3 to 20 accounts, 0.5 to 10 % of the day, up to "
        "70 % of their trading honest: found 258 of 270; of those of at most 2 % of the day and "
        "30 % honest trading 120 of 120. 99.97% of the quantity in clusters is a ring's.",
        "0 clusters on 90 clean simulated days (0.000 to 0.041 a day), with 0 % of their quantity.",
    )
    assert measured("self_trade") == ()
