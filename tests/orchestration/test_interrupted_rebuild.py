"""A killed rebuild is told at the next command, whichever it is; repeated, it ends whole."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from assets.lake import LakeError
from assets.lake.lake import Lake
from assets.lake.settings import Settings, SettingsError
from assets.tables import create_tables
from orchestration import day_run, rebuild
from orchestration.command_line.app import main


class KilledError(BaseException):
    """In a kill's place: nothing of ours catches it."""


@pytest.fixture
def lake(settings: Settings) -> Lake:
    """A lake whose rebuild would find a landed day."""
    lake = Lake(settings)
    create_tables(lake)
    day = settings.objects / "landing" / "trades" / "venue=x" / "date=2024-01-01"
    day.mkdir(parents=True)
    (day / "0.parquet").touch()
    return lake


def killed(*_: object, **__: object) -> None:
    raise KilledError


def kill_rebuild(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, owner: object, name: str, fatal: Callable
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, fatal)
        with pytest.raises(KilledError):
            rebuild.rebuild_lake(lake.settings)


@pytest.mark.slow
def test_after_a_killed_rebuild_each_command_says_what_to_do(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kill_rebuild(lake, monkeypatch, rebuild, "run_path", killed)
    commands = (["alerts"], ["maintain"], ["query", "select 1"], ["run", "--input", __file__])
    for arguments in commands:
        monkeypatch.setattr(sys, "argv", ["tapewatch", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 1
        assert "tapewatch rebuild --discard-lake" in " ".join(capsys.readouterr().err.split())


@pytest.mark.slow
def test_a_repeated_rebuild_ends_and_leaves_no_marker(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    kill_rebuild(lake, monkeypatch, rebuild, "run_path", killed)

    def make_it(settings: Settings, *_: object) -> day_run.Outcome:
        # whoever reads while a rebuild is under way is not told that it was interrupted
        create_tables(Lake(settings))
        return day_run.Outcome()

    monkeypatch.setattr(rebuild, "run_path", make_it)
    assert rebuild.rebuild_lake(lake.settings).succeeded
    with lake.connect() as connection:
        assert connection.sql("select count(*) from lake.alerts.alerts").fetchall() == [(0,)]


@pytest.mark.slow
def test_a_rebuild_without_landed_objects_deletes_nothing(settings: Settings) -> None:
    lake = Lake(settings)
    create_tables(lake)
    with pytest.raises(SettingsError, match="nothing has landed"):
        rebuild.rebuild_lake(settings)
    with lake.connect() as connection:
        assert connection.sql("select count(*) from lake.alerts.alerts").fetchall() == [(0,)]


@pytest.mark.slow
@pytest.mark.parametrize("left", ["", "-wal"])
def test_a_kill_between_two_deletions_is_told_too(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, left: str
) -> None:
    def unlink(path: Path, missing_ok: bool = False) -> None:
        if path.name == f"catalog.sqlite{left}":
            raise KilledError

    kill_rebuild(lake, monkeypatch, Path, "unlink", unlink)
    with pytest.raises(LakeError, match="interrupted"), lake.connect():
        pass
