"""The command line as a whole: help, version, panels, where the home is, what asks first."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from assets.alerts.tables import ALERTS
from assets.lake.insert import insert_rows
from assets.lake.lake import Lake
from assets.lake.settings import SettingsError, load_settings
from orchestration import progress
from orchestration.command_line.app import app
from orchestration.command_line.demo import RECORDINGS, worked_in
from orchestration.command_line.program import WrongUsageError
from orchestration.command_line.run import resumable, show_outcome, was_stopped
from orchestration.day_run import Outcome

READING = (
    ["alerts"], ["explain", "a"], ["verify", "a"], ["query", "select 1"], ["doctor"], ["maintain"],
    ["publish-alerts"], ["run"],
)  # fmt: skip


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder two below one that has a home, and no variable that names another."""
    monkeypatch.delenv("TAPEWATCH_HOME", raising=False)
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    folder = tmp_path / "project" / "notes" / "today"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    return folder


def test_each_command_has_short_help_and_stands_in_a_panel() -> None:
    said = invoke("-h").stdout
    panels = [said.index(f" {name} ─") for name in ("Everyday", "Data", "Streams", "Evaluation")]
    assert panels == sorted(panels)
    assert " Commands ─" not in said
    for command in ("run", "alerts", "query", "evaluate"):
        assert "Usage:" in invoke(command, "-h").stdout


def test_the_version_is_that_of_the_package() -> None:
    from importlib.metadata import version

    assert invoke("--version").stdout == f"tapewatch {version('tapewatch')}\n"


def test_options_are_completed() -> None:
    completed = CliRunner().invoke(
        app,
        env={
            "_TAPEWATCH_COMPLETE": "complete_bash",
            "COMP_WORDS": "tapewatch alerts --severity h",
            "COMP_CWORD": "3",
        },
        prog_name="tapewatch",
    )
    assert completed.stdout.split() == ["high"]


def test_the_home_is_looked_for_upwards(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().root == folder / ".tapewatch"
    home = folder.parents[1] / ".tapewatch"
    home.mkdir()
    assert load_settings().root == home
    assert "TAPEWATCH_HOME" not in load_settings().program
    (folder.parent / ".tapewatch").touch()
    assert load_settings().root == home
    monkeypatch.setenv("TAPEWATCH_HOME", "other")
    assert load_settings().root == folder / "other"


def test_the_settings_beside_the_home_count_in_folders_below(folder: Path) -> None:
    (folder.parents[1] / ".tapewatch").mkdir()
    (folder.parents[1] / ".env").write_text("TAPEWATCH_THREADS=3\nTAPEWATCH_LOG_LEVEL=ERROR\n")
    (folder / ".env").write_text("TAPEWATCH_LOG_LEVEL=DEBUG\n")
    assert (load_settings().threads, load_settings().log_level) == (3, "DEBUG")
    (folder.parents[1] / ".env").write_text("TAPEWATCH_THREDS=3\n")
    with pytest.raises(SettingsError, match="is TAPEWATCH_THREADS meant"):
        load_settings()


@pytest.mark.slow
@pytest.mark.parametrize("arguments", READING, ids=" ".join)
def test_what_only_reads_makes_no_home(folder: Path, arguments: list[str]) -> None:
    invoke(*arguments)
    assert list(folder.iterdir()) == []


def test_a_bare_run_says_what_it_would_do_and_needs_a_yes(folder: Path) -> None:
    result = invoke("run")
    assert isinstance(result.exception, SettingsError)
    assert "nothing has landed in" in str(result.exception)
    for day in ("2024-08-08", "2024-08-10"):
        landed = folder / f".tapewatch/objects/landing/trades/venue=x/date={day}/a-00000.parquet"
        landed.parent.mkdir(parents=True)
        landed.touch()
    result = invoke("run")
    assert isinstance(result.exception, WrongUsageError)
    said = str(result.exception)
    assert f"every day that has landed in {folder}/.tapewatch through all stages again" in said
    assert "2 days, 2024-08-08 to 2024-08-10: confirm with --yes" in said
    assert not (folder / ".tapewatch" / "catalog.sqlite").exists()


@pytest.fixture
def demo(folder: Path) -> Lake:
    """A demo's lake with the demo's own recording landed, and an open alert."""
    from assets.landing.files.importer import land_file

    lake = Lake(load_settings(home=folder / ".tapewatch" / "demo"))
    land_file(min(RECORDINGS.glob("*.gz"), key=lambda path: path.stat().st_size), lake.objects)
    decide(lake, "open")
    return lake


def decide(lake: Lake, status: str) -> None:
    rows = [{"alert_id": status, "status": status}]
    lake.write(
        lambda c: insert_rows(c, ALERTS.name, rows),
        tables=(ALERTS,),
        message="test",
        commit_info={},
    )


@pytest.mark.slow
def test_the_demo_asks_before_it_removes_a_lake_in_which_people_worked(
    demo: Lake, folder: Path
) -> None:
    from assets.landing.files.importer import land_file

    assert worked_in(load_settings()) is None
    own = folder / "own.csv"
    own.write_text(
        "trade_id,timestamp,symbol,price,quantity,side\n1,2024-03-01T00:00:01,BTCUSDT,1,1,BUY\n"
    )
    land_file(own, demo.objects)
    assert worked_in(load_settings()) == "in which 1 object of other trades landed"
    result = invoke("demo")
    assert isinstance(result.exception, WrongUsageError)
    assert "1 object of other trades landed: confirm with --yes" in str(result.exception)
    assert demo.settings.catalog_file.exists()


@pytest.mark.slow
def test_the_demo_asks_before_it_removes_decided_alerts(demo: Lake) -> None:
    decide(demo, "closed")
    assert worked_in(load_settings()) == "in which people closed 1 alert"


def test_every_report_of_a_run_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    show_outcome(Outcome(reports=["a.html", "b.html"], verdict="fine"), as_json=False)
    said = capsys.readouterr().out
    assert "report: a.html\n" in said
    assert "report: b.html\n" in said


def test_a_stopped_run_says_how_to_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    import typer

    with pytest.raises(typer.Exit) as ended, resumable():
        raise KeyboardInterrupt
    assert ended.value.exit_code == 130
    assert "the same command resumes the run" in capsys.readouterr().err
    assert was_stopped(Outcome(failures=["features: RuntimeError: Query interrupted"]))
    assert not was_stopped(Outcome(failures=["features: IOException: No space left on device"]))


def test_a_long_stage_says_that_it_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "REMIND_SECONDS", 0.05)
    with progress.timed("core/trades"):
        time.sleep(0.3)
    time.sleep(0.1)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "  core/trades is running, 0 s so far"
    assert lines[-1].startswith("  core/trades 0.")
    monkeypatch.setattr(progress, "REMIND_SECONDS", 30.0)
    with progress.timed("core/trades"):
        pass
    assert "is running" not in capsys.readouterr().err


@pytest.mark.slow
def test_an_id_from_a_pipe_names_its_alert(tmp_path: Path) -> None:
    lake = Lake(load_settings(home=tmp_path / "home"))
    decide(lake, "open")
    tapewatch = f"{sys.executable} -c 'from orchestration.command_line.app import main; main()'"
    shell = (
        f'id=$({tapewatch} query "select alert_id from alerts.alerts limit 1" --format csv '
        f'| tail -1); {tapewatch} verify "$id"'
    )
    environment = os.environ | {"TAPEWATCH_HOME": str(lake.settings.root)}
    done = subprocess.run(
        ["bash", "-c", shell], capture_output=True, text=True, check=False, env=environment
    )
    assert "no alert" not in done.stderr
