"""A home's thresholds.toml over the shipped thresholds: the same checks, another digest."""

import pytest
from typer.testing import CliRunner

from assets.detection.detector import detectors
from assets.detection.thresholds import FILE, SHIPPED, thresholds_of
from assets.lake.settings import SettingsError
from orchestration.command_line.app import app


@pytest.fixture
def own(settings):
    """Write the home's file; the thresholds of a process are read once."""

    def write(text):
        settings.root.mkdir(parents=True, exist_ok=True)
        (settings.root / FILE).write_text(text)
        detectors.cache_clear()
        return {one.name: one for one in detectors()}

    detectors.cache_clear()
    yield write
    detectors.cache_clear()


def test_a_homes_threshold_changes_its_detector_and_its_digest_and_no_other(own, settings):
    shipped = {one.name: one for one in detectors()}
    changed = own("[large_order]\nmax_expected_per_day = 0.01\n")
    detector = changed["large_order"]
    assert detector.params.model_dump() == (
        shipped["large_order"].params.model_dump() | {"max_expected_per_day": 0.01}
    )
    assert detector.params_digest != shipped["large_order"].params_digest
    assert detector.__doc__ == shipped["large_order"].__doc__
    assert {name for name in changed if changed[name] != shipped[name]} == {"large_order"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[large_order]\nmax_expected_per_day = 2\n", "large_order.max_expected_per_day.*was 2"),
        ("[large_order]\nmax_expected = 0.1\n", "large_order.max_expected: Extra inputs"),
        ("[large_orders]\n", "no detector is named large_orders.*large_order, "),
        ("large_order = 3\n", "no detector is named large_order: a table is"),
        ("[large_order\n", "thresholds.toml: "),
    ],
)
def test_what_is_refused_is_named_with_its_file(own, settings, text, words):
    with pytest.raises(SettingsError, match=words) as refused:
        own(text)
    assert str(settings.root / FILE) in str(refused.value)


def test_doctor_says_which_detectors_a_home_changes(own, settings, monkeypatch):
    own("[large_order]\nmax_expected_per_day = 0.01\n")
    said = CliRunner().invoke(app, ["doctor", "--json"]).output
    assert f"large_order by {settings.root / FILE}" in said
    (settings.root / FILE).write_text("[large_order]\nmax_expected_per_day = 2\n")
    detectors.cache_clear()
    outcome = CliRunner().invoke(app, ["doctor", "--json"])
    assert "large_order.max_expected_per_day" in outcome.output
    assert outcome.exception is None or isinstance(outcome.exception, SystemExit)


def test_the_shipped_file_names_detectors_only():
    assert set(thresholds_of(SHIPPED, [one.name for one in detectors()])) <= {
        one.name for one in detectors()
    }
