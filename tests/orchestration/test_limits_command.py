"""`tapewatch limits`, and what a wrong limit stops."""

import json

import pytest
from typer.testing import CliRunner

from assets.lake.settings import Settings, SettingsError
from assets.risk.limit_measures import MEASURES
from assets.risk.limits import EXAMPLE, FILE
from orchestration.command_line.app import app
from orchestration.day_run import Request, run_path


def shown(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["limits", *arguments], catch_exceptions=False)
    assert done.exit_code == 0
    return done.stdout


def test_limits_are_listed_with_the_measures_and_their_units(settings: Settings) -> None:
    assert "a limit is written into" in shown()
    settings.root.mkdir()
    (settings.root / FILE).write_text(EXAMPLE)
    found = json.loads(shown("--json"))
    assert [(one["measure"], one["value"], one["unit"]) for one in found["limits"]] == [
        ("value_at_risk_99_1d", 0.08, "share of the position")
    ]
    assert {one["name"]: one["unit"] for one in found["measures"]} == {
        name: measure.unit for name, measure in MEASURES.items()
    }
    assert "BTC-*" in shown()


def test_a_wrong_limit_stops_a_run_before_it_begins(settings: Settings) -> None:
    settings.root.mkdir()
    (settings.root / FILE).write_text(EXAMPLE.replace("above", "over"))
    with pytest.raises(SettingsError, match="limit 1: direction: Input should be"):
        run_path(settings, Request())
    with pytest.raises(SettingsError, match="limit 1: direction"):
        shown()
