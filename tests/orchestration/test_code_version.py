"""An alert names the code that it depends on, all of it."""

import ast
from pathlib import Path

from orchestration.code_version import PARTS, ROOT

# what joins, tells and keeps alerts; rows, and where they are read, carry no judgement
ENTRANCES = ("assets/episodes.py", "assets/detection.py", "assets/models.py")
CARRIERS = {"assets/recent.py", "assets/rows.py"}


def imported(path: Path) -> set[str]:
    modules = {
        node.module
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("assets.")
    }
    return {f"{module.replace('.', '/')}.py" for module in modules}


def test_every_module_that_shapes_an_alert_is_part_of_its_code_version() -> None:
    seen: set[str] = set()
    waiting = {*ENTRANCES, *(
        path.relative_to(ROOT).as_posix() for path in (ROOT / "assets/detectors").glob("*.py")
    )}  # fmt: skip
    while waiting:
        module = waiting.pop()
        seen.add(module)
        waiting |= imported(ROOT / module) - seen - CARRIERS
    outside = {m for m in seen if not any(m == part or m.startswith(f"{part}/") for part in PARTS)}
    assert outside == set()
    assert all((ROOT / part).exists() for part in PARTS)
