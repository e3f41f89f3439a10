"""The rooms know one another in one direction; an import against it fails the check."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("orchestration", "assets", "ml", "sensors", "reports")


def linted(tree: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter over a checkout, whatever is installed."""
    return subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for room in ROOMS:
        shutil.copytree(
            ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__", "*.gz")
        )
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "line", "broken"),
    [
        (
            "assets/lake/lock.py",
            "from assets.alerts.episodes import Alert",
            "assets.lake is not allowed to import assets.alerts",
        ),
        (
            "assets/detection/hits.py",
            "from assets.stream.micro_batch import run_window",
            "assets.detection is not allowed to import assets.stream",
        ),
        ("reports/daily.py", "from assets.lake.lake import Lake", "Reports are given all"),
        ("assets/alerts/episodes.py", "import dagster", "Dagster BROKEN"),
    ],
)
def test_an_import_from_a_lower_room_fails(tree: Path, module: str, line: str, broken: str) -> None:
    path = tree / module
    path.write_text(f"{path.read_text()}\n{line}\n")
    checked = linted(tree)
    assert checked.returncode == 1
    assert broken in checked.stdout


@pytest.mark.slow
def test_the_rooms_as_they_are_keep_every_contract(tree: Path) -> None:
    checked = linted(tree)
    assert checked.returncode == 0, checked.stdout
    assert "3 kept, 0 broken" in checked.stdout


def test_assets_has_at_most_two_loose_modules() -> None:
    loose = {path.name for path in (ROOT / "assets").glob("*.py")} - {"__init__.py"}
    assert loose <= {"jobs.py", "tables.py"}


@pytest.mark.parametrize("room", sorted(
    path.parent.relative_to(ROOT).as_posix()
    for top in ROOMS for path in (ROOT / top).rglob("__init__.py")
))  # fmt: skip
def test_each_room_says_what_belongs_there_and_what_does_not(room: str) -> None:
    words = (ROOT / room / "__init__.py").read_text()
    assert words.startswith('"""')
    assert len(words.split("\n\n")) >= 2
