"""The dbt project: where it lies, which version of it this is, and the one way to call dbt over it.

What dbt compiles is the same for every window (the window is a session variable), so it is compiled
once a version of `dbt_project/` and then serves dbt builds, re-derivations and tests alike.
What the compiled nodes say is not read here: see `compiled_models`.
"""

import hashlib
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from assets.lake.lock import file_lock

PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"
INSTALLED = Path(sys.prefix) / "share" / "tapewatch"
SOURCES = ("*.sql", "*.yml", "*.csv")
COMPILED_WITHIN_SECONDS = 300
# unit tests bring rows of their own, and are compiled when they run
COMPILE = ("compile", "--no-populate-cache", "--quiet", "--exclude", "resource_type:unit_test")
MANIFEST, PARSED, DONE = "manifest.json", "partial_parse.msgpack", "manifest.done"
# made at installation alone, for it takes seconds
LINEAGE = "column_lineage.json"


class TransformError(Exception):
    """A dbt build failed; the message holds each failed node and its reason."""


@dataclass(frozen=True)
class NodeResult:
    """What became of one model or test of a build."""

    unique_id: str
    status: str
    message: str
    failures: int
    seconds: float


@cache
def project_digest() -> str:
    """Changes with what dbt reads, what it compiles of it, and dbt; looked up once a process."""
    digest = hashlib.sha256()
    # dbt keeps the folder of a seed by its full path
    versions = [version(name) for name in ("dbt-core", "dbt-duckdb")]
    digest.update(" ".join([str(PROJECT), *versions, *COMPILE]).encode())
    for path in sorted(path for pattern in SOURCES for path in PROJECT.rglob(pattern)):
        if "target" in path.parts:
            continue
        digest.update(path.relative_to(PROJECT).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def target_folder(root: Path) -> Path:
    """Where dbt writes for this version of the project below `root`."""
    return root / "dbt" / project_digest()


def manifest_path(root: Path) -> Path:
    """The compiled manifest of this version of the project below `root`; made if missing."""
    target = target_folder(root)
    path = target / MANIFEST
    done = target / DONE
    if done.exists():
        return path
    # processes that start together over a new home would read what another is still writing
    with file_lock(target.with_suffix(".lock"), COMPILED_WITHIN_SECONDS):
        if not done.exists():
            installed = target_folder(INSTALLED)
            if installed != target and (installed / DONE).exists():
                target.mkdir(parents=True, exist_ok=True)
                for name in (MANIFEST, PARSED, LINEAGE):
                    if (installed / name).exists():
                        shutil.copyfile(installed / name, target / name)
            else:
                invoke([*COMPILE], target)
            done.touch()
    return path


def invoke(
    arguments: list[str], target: Path, on_event: Callable[[Any], None] | None = None
) -> list[NodeResult]:
    """Run a dbt command in this process; raises TransformError if dbt itself could not run."""
    from dbt.cli.main import dbtRunner

    target.mkdir(parents=True, exist_ok=True)
    runner = dbtRunner(callbacks=[on_event] if on_event else [])
    outcome = runner.invoke(
        [
            *arguments,
            # any other command's manifest has the SQL of what it chose alone
            *([] if arguments[0] in {"compile", "docs"} else ["--no-write-json"]),
            "--project-dir", str(PROJECT),
            "--profiles-dir", str(PROJECT),
            "--target-path", str(target),
            "--log-path", str(target / "logs"),
            "--log-level", "none",
            "--log-level-file", "info",
        ]
    )  # fmt: skip
    if outcome.exception is not None:
        raise TransformError(f"dbt {arguments[0]} could not run: {outcome.exception}")
    results = getattr(outcome.result, "results", None) or []
    return [
        NodeResult(
            unique_id=result.node.unique_id,
            status=str(result.status),
            message=result.message or "",
            failures=result.failures or 0,
            seconds=result.execution_time,
        )
        for result in results
    ]
