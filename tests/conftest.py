"""Settings and lakes that live and die with a test."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from assets.lake.lake import Lake
from assets.lake.partitions import look_again
from assets.lake.settings import Settings, load_settings
from assets.transform.dbt_project import DONE, INSTALLED, project_digest, target_folder

SHARED_DATA = Path(
    os.environ.get("TAPEWATCH_SHARED_DATA")
    or Path(__file__).resolve().parents[1].parent / "shared" / "data"
)
pytest_plugins = ["tests.services", "tests.undisturbed"]

LONGEST = {
    "test_any_order.py",
    "test_killed_run.py",
    "test_moved_and_restored.py",
    "test_two_runs.py",
}


@pytest.fixture(scope="session", autouse=True)
def one_compiled_project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """All homes of a session share compiled models: those of `make test`, or it compiles its own.

    Processes of their own copy what is installed, and else compile once a home.
    """
    folder = tmp_path_factory.mktemp("dbt") / project_digest()
    if (target_folder(INSTALLED) / DONE).exists():
        shutil.copytree(target_folder(INSTALLED), folder, ignore=shutil.ignore_patterns("logs"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("assets.transform.dbt_project.target_folder", lambda _: folder)
        yield


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """An embedded platform in an empty home."""
    monkeypatch.setenv("TAPEWATCH_HOME", str(tmp_path / "home"))
    look_again()
    return load_settings()


@pytest.fixture
def lake(settings: Settings) -> Iterator[Lake]:
    """A lake in an empty home."""
    return Lake(settings)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--kill-seed", type=int, default=None, help="seed of the kills; else drawn")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first: no worker is left with them, and none makes their fixtures again."""
    items.sort(key=lambda item: item.path.name not in LONGEST)


@pytest.fixture
def shared_data() -> Path:
    """Real recordings, which are no part of the repository."""
    if not SHARED_DATA.is_dir():
        pytest.skip("real data are not here: set TAPEWATCH_SHARED_DATA to their folder")
    return SHARED_DATA
