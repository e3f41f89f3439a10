"""Settings and lakes that live and die with a test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from assets.lake.lake import Lake
from assets.lake.settings import Settings, load_settings
from assets.transform.compiled_models import project_digest

pytest_plugins = ["tests.services"]

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session", autouse=True)
def one_compiled_project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """All homes of the session share the compiled models; processes of their own compile again."""
    folder = tmp_path_factory.mktemp("dbt") / project_digest()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("assets.transform.compiled_models.target_folder", lambda _: folder)
        yield


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """An embedded platform in an empty home."""
    monkeypatch.setenv("TAPEWATCH_HOME", str(tmp_path / "home"))
    return load_settings()


@pytest.fixture
def lake(settings: Settings) -> Iterator[Lake]:
    """A lake in an empty home."""
    return Lake(settings)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--kills", type=int, default=3, help="SIGKILLs of test_killed_run")
    parser.addoption("--stream-kills", type=int, default=5, help="SIGKILLs of chaos/test_stream")
    parser.addoption("--messages", type=int, default=200_000, help="messages of chaos/test_stream")
    parser.addoption("--kill-seed", type=int, default=None, help="seed of their points; else drawn")
