"""An alert names the code that it depends on, all of it."""

import ast
import shutil
from pathlib import Path

import pytest

from assets.lake.code_version import KINDS, ROOMS, ROOT, digest_of

# where the path from trades to an alert is entered
ENTRANCES = (
    "assets/transform/build.py",
    "assets/anomaly/scoring.py",
    "assets/detection/hits.py",
    "assets/alerts/episodes.py",
)
# the lake moves rows, and the lineage describes columns: they judge nothing
CARRIER = ("assets/lake/", "assets/transform/column_lineage.py")


def imported(path: Path) -> set[str]:
    modules = {
        node.module
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom)
        and node.module
        and node.module.startswith(("assets.", "ml.", "reports."))
    }
    return {f"{module.replace('.', '/')}.py" for module in modules}


def closure() -> set[str]:
    seen: set[str] = set()
    waiting = {*ENTRANCES, *(
        path.relative_to(ROOT).as_posix() for path in (ROOT / "assets/detectors").rglob("*.py")
    )}  # fmt: skip
    while waiting:
        module = waiting.pop()
        seen.add(module)
        waiting |= {m for m in imported(ROOT / module) - seen if not m.startswith(CARRIER)}
    return seen


def test_every_module_that_shapes_an_alert_lies_in_a_room_of_its_code_version() -> None:
    outside = {m for m in closure() - {*ROOMS} if not m.startswith(tuple(f"{r}/" for r in ROOMS))}
    assert outside == set()


@pytest.mark.slow
def test_a_change_to_any_module_of_the_path_changes_the_code_version(tmp_path: Path) -> None:
    for room in ROOMS:
        if (ROOT / room).is_file():
            (tmp_path / room).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / room, tmp_path / room)
            continue
        shutil.copytree(
            ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__", "target")
        )
    before = digest_of(tmp_path)
    files = [path for path in tmp_path.rglob("*") if path.suffix in KINDS]
    assert len(files) > 100
    for path in files:
        text = path.read_bytes()
        path.write_bytes(text + b"\n")
        assert digest_of(tmp_path) != before, path
        path.write_bytes(text)
    assert digest_of(tmp_path) == before


def test_a_new_module_changes_the_code_version(tmp_path: Path) -> None:
    before = digest_of(tmp_path)
    (tmp_path / "assets/detection").mkdir(parents=True)
    (tmp_path / "assets/detection/another.py").write_text("")
    assert digest_of(tmp_path) != before
