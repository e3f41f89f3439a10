"""The dbt models as dbt compiled them, and the one way to call dbt.

The compiled SQL is the same for every window (the window is a session variable), so it is compiled
once a version of `dbt_project/` and then serves dbt builds, re-derivations and tests alike.
`python -m assets.transform.compiled_models` does it when the platform is installed; else a home's
first run does.
"""

import hashlib
import json
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from assets.lake.lock import file_lock
from assets.lake.tables import Table
from assets.market.window import Window, duration, floor

PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"
INSTALLED = Path(sys.prefix) / "share" / "tapewatch"
SOURCES = ("*.sql", "*.yml", "*.csv")
SORTED = {"core", "features", "marts"}
COMPILED_WITHIN_SECONDS = 300
# unit tests bring rows of their own, and are compiled when they run
COMPILE = ("compile", "--no-populate-cache", "--quiet", "--exclude", "resource_type:unit_test")
MANIFEST, PARSED, DONE = "manifest.json", "partial_parse.msgpack", "manifest.done"
# made at installation alone, for it takes seconds
LINEAGE = "column_lineage.json"


class TransformError(Exception):
    """A dbt build failed; the message holds each failed node and its reason."""


@dataclass(frozen=True)
class Model:
    """One compiled dbt model or seed, in the order in which it can be built."""

    name: str
    alias: str
    unique_id: str
    database: str
    schema: str
    folder: str
    materialized: str
    sql: str
    columns: tuple[str, ...]
    window_column: str | None
    grain: str | None
    every: str | None
    """Where only some cells of the grain have rows: those that start at its multiples."""
    parents: tuple[str, ...]
    """The models and seeds that it reads, by name."""
    rows_come_of: tuple[str, ...]
    """Those of them without whose rows it has none: all, where the model does not say."""
    pre_hooks: tuple[str, ...]
    meaning: str
    """Its description, and below those of its columns by name."""
    column_meanings: tuple[tuple[str, str], ...]
    post_hooks: tuple[str, ...]
    """What goes with its rows in one transaction, by the names of `hooks`."""

    @property
    def relation(self) -> str:
        return f"{self.database}.{self.schema}.{self.alias}"

    def closes_a_cell_in(self, window: Window) -> bool:
        """Whether the model may have a row that a window brings."""
        return self.grain is None or window.closes_a_cell(duration(self.grain))

    def begins_a_row_in(self, window: Window) -> bool:
        """The same for a window right behind the one before: only some cells may have rows."""
        if self.every is None or self.grain is None:
            return self.closes_a_cell_in(window)
        first, end = (floor(at, duration(self.grain)) for at in (window.start_at, window.end_at))
        # cells that start in first <= t < end
        return first <= floor(end - timedelta(microseconds=1), duration(self.every))

    @property
    def table(self) -> Table:
        names = [column.split()[0] for column in self.columns]
        # only what is read by symbol is worth the sorting
        order = ["venue", "symbol", self.window_column] if self.folder in SORTED else []
        return Table(
            name=f"{self.schema}.{self.alias}",
            columns=self.columns,
            partitioned_by="trade_day" if "trade_day" in names else None,
            sorted_by=", ".join(name for name in order if name) or None,
            meaning=self.meaning,
            meanings=lambda: dict(self.column_meanings),
        )


@dataclass(frozen=True)
class DataTest:
    """One compiled test of rows: a query for those that break its rule."""

    unique_id: str
    sql: str
    is_blocking: bool
    parents: tuple[str, ...]
    """The models that it reads, by name."""


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


@dataclass(frozen=True)
class _Compiled:
    models: tuple[Model, ...]
    hooks: dict[str, str]
    tests: tuple[DataTest, ...]


@cache
def _compiled(path: Path) -> _Compiled:
    nodes = json.loads(path.read_text())["nodes"]
    made = {key: node for key, node in nodes.items() if node["resource_type"] in {"model", "seed"}}
    return _Compiled(
        models=tuple(_model(made[key]) for key in _in_order(made)),
        hooks={
            node["name"]: node["compiled_code"]
            for node in nodes.values()
            if node["resource_type"] == "analysis"
        },
        tests=tuple(_test(node) for node in nodes.values() if node["resource_type"] == "test"),
    )


def models(root: Path) -> tuple[Model, ...]:
    """Every model and seed, parents before children."""
    return _compiled(manifest_path(root)).models


def hooks(root: Path) -> dict[str, str]:
    """The compiled statements of the models' hooks by name, for builds without dbt."""
    return _compiled(manifest_path(root)).hooks


def data_tests(root: Path) -> tuple[DataTest, ...]:
    """The compiled tests of the models' rows, for builds without dbt."""
    return _compiled(manifest_path(root)).tests


def _in_order(nodes: dict[str, Any]) -> Iterator[str]:
    done: set[str] = set()

    def visit(key: str) -> Iterator[str]:
        if key in done or key not in nodes:
            return
        done.add(key)
        for parent in sorted(nodes[key]["depends_on"].get("nodes", [])):
            yield from visit(parent)
        yield key

    for key in sorted(nodes):
        yield from visit(key)


def _model(node: dict[str, Any]) -> Model:
    config = node["config"]
    parents = tuple(key.rpartition(".")[2] for key in node["depends_on"].get("nodes", []))
    is_seed = node["resource_type"] == "seed"
    return Model(
        name=node["name"],
        alias=node["alias"],
        unique_id=node["unique_id"],
        database=node["database"],
        schema=node["schema"],
        folder="seeds" if is_seed else node["path"].split("/")[0],
        materialized=config["materialized"],
        sql=_seed_sql(node) if is_seed else node["compiled_code"],
        columns=tuple(
            f"{name} {column['data_type']}"
            for name, column in node["columns"].items()
            if column.get("data_type")
        ),
        window_column=config.get("window_column"),
        grain=config.get("grain"),
        every=config.get("every"),
        parents=parents,
        rows_come_of=tuple(config.get("rows_come_of", parents)),
        meaning=_one_line(node["description"]),
        column_meanings=tuple(
            (name, _one_line(column["description"])) for name, column in node["columns"].items()
        ),
        pre_hooks=_hook_names(config.get("pre-hook", [])),
        post_hooks=_hook_names(config.get("post-hook", [])),
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _hook_names(configured: list[dict[str, Any]]) -> tuple[str, ...]:
    """A hook calls one macro; the analysis that compiles it has the macro's name."""
    return tuple(name for hook in configured for name in re.findall(r"\{\{\s*(\w+)", hook["sql"]))


def _test(node: dict[str, Any]) -> DataTest:
    return DataTest(
        unique_id=node["unique_id"],
        sql=node["compiled_code"],
        is_blocking=node["config"]["severity"].lower() == "error",
        parents=tuple(key.rpartition(".")[2] for key in node["depends_on"]["nodes"]),
    )


def _seed_sql(node: dict[str, Any]) -> str:
    path = PROJECT / node["original_file_path"]
    types = node["config"].get("column_types") or {}
    pairs = ", ".join(f"'{name}': '{kind}'" for name, kind in types.items())
    options = f", types = {{{pairs}}}" if pairs else ""
    return f"select * from read_csv('{path}', header = true{options})"


if __name__ == "__main__":
    from assets.transform.column_lineage import write_lineage

    write_lineage(INSTALLED)
