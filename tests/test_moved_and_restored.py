"""A home with alerts is moved, copied, backed up, destroyed and restored; each alert verifies."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from assets.lake.settings import load_settings
from orchestration import dagster_home
from tests.test_killed_run import GENERATOR, TAPEWATCH, run

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home after a run that raised an alert."""
    folder = tmp_path_factory.mktemp("market")
    source = folder / "trades.csv"
    made = [sys.executable, str(GENERATOR), "--rows", "20000", "--seed", "3", "--out", str(source)]
    subprocess.run(made, check=True)
    run(folder / "home", source)
    return folder / "home"


def tapewatch(home: Path, *arguments: str) -> str:
    environment = os.environ | {"TAPEWATCH_HOME": str(home)}
    done = subprocess.run(
        [str(TAPEWATCH), *arguments], env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def every_alert_is_identical(home: Path) -> None:
    alerts = json.loads(tapewatch(home, "alerts", "--json"))
    assert alerts
    for alert in alerts:
        verdict = json.loads(tapewatch(home, "verify", alert["alert_id"], "--json"))
        assert "identical" in json.dumps(verdict), verdict


def runs_of(home: Path) -> int:
    with dagster_home.instance(load_settings(home=home)) as instance:
        return instance.get_runs_count()


def test_a_destroyed_home_is_restored_and_its_alerts_verify(market: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(market, home)
    runs = runs_of(home)
    tapewatch(home, "backup", str(tmp_path / "backup"))
    shutil.rmtree(home)
    tapewatch(tmp_path / "restored", "restore", str(tmp_path / "backup"))
    every_alert_is_identical(tmp_path / "restored")
    assert runs_of(tmp_path / "restored") == runs > 0
    assert not home.exists()


def test_a_moved_home_runs_and_verifies_and_leaves_its_old_place_alone(
    market: Path, tmp_path: Path
) -> None:
    # of a folder that has the names of ours in its path
    first, second = tmp_path / "first", tmp_path / "landing" / "date=x" / "lake" / "second"
    shutil.copytree(market, first)
    second.parent.mkdir(parents=True)
    first.rename(second)
    every_alert_is_identical(second)
    before = tapewatch(second, "query", "from ops.landed_objects", "--json")
    tapewatch(second, "run", "--date", "2024-01-01")
    assert tapewatch(second, "query", "from ops.landed_objects", "--json") == before
    every_alert_is_identical(second)
    tapewatch(second, "maintain", "--keep-days", "1")
    every_alert_is_identical(second)
    assert not first.exists()
    (written,) = json.loads(
        tapewatch(second, "query", "select count(*) as n from core.trades", "--json")
    )
    assert written["n"] == 20_000
