"""The pages of the site: Node builds them once, from `reports/site/`, and any web server has them.

Nothing else needs Node: new days, symbols and alerts are data.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3] / "reports" / "site"
# below the folder of the site: the pages as they are served, and where Node builds them
PAGES, WORKSHOP = "pages", "project"
LEAST_NODE = 20
LAST_LINES = 20
# what lies beside the committed files in the folder where the pages are built
MADE = ("node_modules", ".evidence", "build")
BUILT_FROM = ".built-from"
ENVIRONMENT = {"SEND_ANONYMOUS_USAGE_STATS": "no", "VITE_EVIDENCE_SPA": "true"}


class SiteError(Exception):
    """The site cannot be built or served; the message says why, and what to do."""


def is_current(pages: Path) -> bool:
    """Whether the pages were built from the project as it is now."""
    mark = pages / BUILT_FROM
    return mark.exists() and mark.read_text(encoding="utf-8") == project_digest()


def project_digest() -> str:
    """A digest of what the pages are built from; queries of the data are no part of it."""
    digest = hashlib.sha256()
    for path in _committed():
        digest.update(path.relative_to(PROJECT).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def build(workshop: Path, say: Callable[[str], object]) -> Path:
    """Build the pages in a folder of their own, and name the folder that has them.

    Raises SiteError where there is no Node, or where npm or Evidence fails.
    """
    node = find_node()
    _copy_project(workshop)
    lock = (PROJECT / "package-lock.json").read_bytes()
    installed = workshop / "node_modules" / ".installed-lock"
    if not installed.exists() or installed.read_bytes() != lock:
        say("install Evidence from hashed pins: some minutes")
        _npm(node, workshop, "ci")
        installed.write_bytes(lock)
    say("build the pages: some minutes")
    _npm(node, workshop, "run", "build")
    built = workshop / "build"
    (built / BUILT_FROM).write_text(project_digest(), encoding="utf-8")
    return built


def find_node() -> Path:
    """Node of the path, or of this environment, which `make install-dev` puts there."""
    beside = Path(sys.executable).parent
    found = shutil.which("node") or shutil.which("node", path=str(beside))
    if found is None or shutil.which("npm", path=str(Path(found).parent)) is None:
        raise SiteError(
            f"the site is built by Node, and there is no node with npm on the path: install Node "
            f"{LEAST_NODE} or newer; everything else works without"
        )
    asked = subprocess.run([found, "--version"], capture_output=True, text=True, check=True)  # noqa: S603 (as found)
    version = asked.stdout.strip().lstrip("v")
    if int(version.partition(".")[0]) < LEAST_NODE:
        raise SiteError(
            f"the site needs Node {LEAST_NODE} or newer, {found} is {version}: install a newer one"
        )
    return Path(found)


def _committed() -> Iterator[Path]:
    for path in sorted(PROJECT.rglob("*")):
        first = path.relative_to(PROJECT).parts[0]
        if path.is_file() and first not in {*MADE, "tables"}:
            yield path


def _copy_project(workshop: Path) -> None:
    """Make the workshop's files those of the project; what npm has installed stays."""
    workshop.mkdir(parents=True, exist_ok=True)
    for path in workshop.iterdir():
        if path.name == "node_modules":
            continue
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    for path in _committed():
        copied = workshop / path.relative_to(PROJECT)
        copied.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copied)


def _npm(node: Path, workshop: Path, *arguments: str) -> None:
    search = os.pathsep.join((str(node.parent), os.environ.get("PATH", "")))
    ran = subprocess.run(  # noqa: S603 (npm, as found beside node)
        [node.parent / "npm", *arguments],
        cwd=workshop,
        env={**os.environ, **ENVIRONMENT, "PATH": search},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        lines = (ran.stdout + ran.stderr).strip().splitlines()
        raise SiteError(
            f"npm {' '.join(arguments)} failed in {workshop}:\n" + "\n".join(lines[-LAST_LINES:])
        )
