"""A home with alerts is moved, copied, backed up, destroyed and restored; each alert verifies."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from assets.lake.settings import load_settings
from orchestration import dagster_home
from orchestration.command_line.app import app
from tests.undisturbed import TAPEWATCH, TRADES, Undisturbed

pytestmark = [pytest.mark.slow, pytest.mark.path]


def tapewatch(home: Path, *arguments: str) -> str:
    environment = os.environ | {"TAPEWATCH_HOME": str(home)}
    done = subprocess.run(
        [str(TAPEWATCH), *arguments], env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def read(home: Path, *arguments: str) -> Any:
    """What a command prints as JSON, without a process of its own."""
    environment = {"TAPEWATCH_HOME": str(home)}
    done = CliRunner().invoke(app, [*arguments, "--json"], env=environment)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def every_alert_is_identical(home: Path) -> None:
    alerts = read(home, "alerts")
    assert alerts
    for alert in alerts:
        assert read(home, "verify", alert["alert_id"])["verdict"] == "identical", alert


def runs_of(home: Path) -> int:
    with dagster_home.instance(load_settings(home=home)) as instance:
        return instance.get_runs_count()


def test_a_destroyed_home_is_restored_and_its_alerts_verify(
    undisturbed: Undisturbed, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    shutil.copytree(undisturbed.home, home)
    runs = runs_of(home)
    tapewatch(home, "backup", str(tmp_path / "backup"))
    shutil.rmtree(home)
    tapewatch(tmp_path / "restored", "restore", str(tmp_path / "backup"))
    every_alert_is_identical(tmp_path / "restored")
    assert runs_of(tmp_path / "restored") == runs > 0
    assert not home.exists()


def test_a_moved_home_runs_and_verifies_and_leaves_its_old_place_alone(
    undisturbed: Undisturbed, tmp_path: Path
) -> None:
    # of a folder that has the names of ours in its path
    first, second = tmp_path / "first", tmp_path / "landing" / "date=x" / "lake" / "second"
    shutil.copytree(undisturbed.home, first)
    second.parent.mkdir(parents=True)
    first.rename(second)
    every_alert_is_identical(second)
    before = read(second, "query", "from ops.landed_objects")
    tapewatch(second, "run", "--date", "2024-01-01")
    assert read(second, "query", "from ops.landed_objects") == before
    tapewatch(second, "maintain", "--keep-days", "1")
    every_alert_is_identical(second)
    assert not first.exists()
    assert read(second, "query", "select count(*) as n from core.trades") == [{"n": TRADES}]
