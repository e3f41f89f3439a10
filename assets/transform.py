"""Run the dbt models: by dbt on the lake, or their compiled SQL on any connection.

The compiled SQL is the same for every window (the window is a session variable), so it is compiled
once a version of `dbt_project/` and then serves dbt builds, re-derivations and tests alike.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from duckdb import DuckDBPyConnection

from orchestration.lake import Lake, Table
from orchestration.lock import file_lock
from orchestration.tables import TABLES
from orchestration.window import Window

PROJECT = Path(__file__).resolve().parent.parent / "dbt_project"
SOURCES = ("*.sql", "*.yml", "*.csv")
SORTED = {"core", "features", "marts"}
COMPILED_WITHIN_SECONDS = 300


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

    @property
    def relation(self) -> str:
        return f"{self.database}.{self.schema}.{self.alias}"

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
        )


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
    """Changes with anything that dbt reads; looked up once a process."""
    digest = hashlib.sha256()
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
    """The compiled manifest of this version of the project below `root`; compiled if missing."""
    target = target_folder(root)
    path = target / "manifest.json"
    done = target / "manifest.done"
    if done.exists():
        return path
    # processes that start together over a new home would read what another is still writing
    with file_lock(target.with_suffix(".lock"), COMPILED_WITHIN_SECONDS):
        if not done.exists():
            # tests are compiled when they run; the models alone take half the time
            skipped = ["--exclude", "resource_type:test", "resource_type:unit_test"]
            invoke(["compile", "--no-populate-cache", "--quiet", *skipped], target)
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
            *([] if arguments[0] == "compile" else ["--no-write-json"]),
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


@cache
def _compiled(path: Path) -> tuple[tuple[Model, ...], dict[str, str]]:
    nodes = json.loads(path.read_text())["nodes"]
    made = {key: node for key, node in nodes.items() if node["resource_type"] in {"model", "seed"}}
    statements = {
        node["name"]: node["compiled_code"]
        for node in nodes.values()
        if node["resource_type"] == "analysis"
    }
    return tuple(_model(made[key]) for key in _in_order(made)), statements


def models(root: Path) -> tuple[Model, ...]:
    """Every model and seed, parents before children."""
    return _compiled(manifest_path(root))[0]


def hooks(root: Path) -> dict[str, str]:
    """The compiled statements of the models' hooks by name, for builds without dbt."""
    return _compiled(manifest_path(root))[1]


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
    )


def _seed_sql(node: dict[str, Any]) -> str:
    path = PROJECT / node["original_file_path"]
    types = node["config"].get("column_types") or {}
    pairs = ", ".join(f"'{name}': '{kind}'" for name, kind in types.items())
    options = f", types = {{{pairs}}}" if pairs else ""
    return f"select * from read_csv('{path}', header = true{options})"


@contextmanager
def scratch_lake(root: Path) -> Iterator[DuckDBPyConnection]:
    """An empty in-memory database with the lake's names, for pure runs of the compiled SQL."""
    import duckdb

    with duckdb.connect(":memory:") as connection:
        connection.execute("attach ':memory:' as lake")
        connection.execute("set timezone = 'UTC'")
        prepare(connection, models(root))
        yield connection


def prepare(connection: DuckDBPyConnection, chosen: Sequence[Model]) -> None:
    """Create the schemas and empty tables that the models write, where they are missing."""
    for model in chosen:
        connection.execute(f"create schema if not exists {model.database}.{model.schema}")
        if model.materialized == "window":
            connection.execute(
                f"create table if not exists {model.relation} ({', '.join(model.columns)})"
            )


def compute(
    connection: DuckDBPyConnection,
    window: Window,
    chosen: Sequence[Model],
    landed: Sequence[str] = (),
) -> None:
    """Run compiled models over a window on a connection that holds `lake` and `memory`.

    Does what dbt does with them on the lake, without its tests and hooks: views and tables are
    replaced, a windowed table has the window's rows replaced.
    """
    set_window(connection, window, landed)
    for model in chosen:
        if model.materialized == "window":
            replace_window(connection, model)
        else:
            replace(connection, model)


def replace(connection: DuckDBPyConnection, model: Model, *, stored: bool = False) -> None:
    """Make a view, table or seed anew, a view as a table if it is to be `stored`.

    An ephemeral model stands inside those that read it: there is nothing to make.
    """
    if model.materialized != "ephemeral":
        kind = "view" if model.materialized == "view" and not stored else "table"
        connection.execute(f"create or replace {kind} {model.relation} as {model.sql}")


def replace_window(
    connection: DuckDBPyConnection,
    model: Model,
    *,
    is_new: bool = False,
    held_in: str | None = None,
) -> int:
    """Replace the window's rows of a windowed table, if it has any; give the number of new ones.

    They are computed, or copied from the database that they are `held_in` already.
    """
    if not is_new:
        connection.execute(f"delete from {model.relation} where {_in_window(model)}")
    rows = (
        model.sql
        if held_in is None
        else f"select * from {held_in}.{model.table.name} where {_in_window(model)}"
    )
    return connection.execute(f"insert into {model.relation} {rows}").fetchall()[0][0]


def _in_window(model: Model) -> str:
    first, last = "getvariable('window_start')", "getvariable('window_end')"
    if model.grain:
        first = f"time_bucket(interval '{model.grain}', {first}::timestamp)"
        last = f"time_bucket(interval '{model.grain}', {last}::timestamp)"
    column = model.window_column
    return f"{column} >= {first} and {column} < {last}"


def set_window(connection: DuckDBPyConnection, window: Window, landed: Sequence[str] = ()) -> None:
    """Set the variables that every model reads."""
    for name, value in window_variables(window, landed).items():
        connection.execute(f"set variable {name} = ?", [value])


def window_variables(window: Window, landed: Sequence[str] = ()) -> dict[str, object]:
    """The window's bounds and the paths of the landed objects to read."""
    return {
        "window_start": window.start_at,
        "window_end": window.end_at,
        "landed_trades": list(landed),
    }


def compute_features(connection: DuckDBPyConnection, window: Window, root: Path) -> None:
    """Compute every feature of a window from `lake.core.trades`, in place."""
    compute(connection, window, [model for model in models(root) if model.folder == "features"])


def selector(folder: str) -> str:
    """dbt's selector of a folder of models, or of the seeds."""
    # by fully qualified name: paths would be resolved against the working folder
    return "resource_type:seed" if folder == "seeds" else f"fqn:tapewatch.{folder}"


def create_tables(lake: Lake) -> None:
    """Create every table of the lake that is missing: dbt's, from its contracts, and our own."""
    windowed = [model.table for model in models(lake.settings.root) if model.window_column]
    lake.create([*windowed, *TABLES])


def build(
    lake: Lake,
    folders: Sequence[str],
    window: Window,
    *,
    landed: Sequence[str] = (),
    commit_info: dict[str, str],
    tests: bool = True,
) -> list[NodeResult]:
    """Build the models of some folders, and their tests, for a window of the lake.

    Holds the lake's exclusive lock; each model is one commit. A failed model or test is in the
    results, not raised: the caller decides what it stops.
    """
    from orchestration.dbt_session import session

    create_tables(lake)
    target = manifest_path(lake.settings.root).parent
    variables = window_variables(window, landed) | {"commit_info": json.dumps(commit_info)}

    def attach(connection: DuckDBPyConnection) -> None:
        lake.configure(connection)
        lake.attach(connection)

    command = ["build", "--exclude-resource-type", "unit_test", *([] if tests else ["test"])]
    selection = [selector(folder) for folder in folders]
    with lake.lock(), session(attach, variables):
        return invoke([*command, "--select", *selection], target)
