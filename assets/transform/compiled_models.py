"""The dbt models, seeds, hooks and tests as dbt compiled them, parents before children.

`python -m assets.transform.compiled_models` compiles them when the platform is installed; else a
home's first run does. How dbt is called is not said here: see `dbt_project`.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from assets.lake.connection import literal
from assets.lake.tables import Table
from assets.market.window import Window, duration, floor
from assets.transform.dbt_project import INSTALLED, PROJECT, manifest_path

SORTED = {"core", "features", "marts"}


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
        order = ("venue", "symbol", self.window_column) if self.folder in SORTED else ()
        return Table(
            name=f"{self.schema}.{self.alias}",
            columns=self.columns,
            partitioned_by="trade_day" if "trade_day" in names else None,
            sorted_by=", ".join(name for name in order if name in names) or None,
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
    path = literal(str(PROJECT / node["original_file_path"]))
    types = node["config"].get("column_types") or {}
    pairs = ", ".join(f"'{name}': '{kind}'" for name, kind in types.items())
    options = f", types = {{{pairs}}}" if pairs else ""
    return f"select * from read_csv({path}, header = true{options})"


if __name__ == "__main__":
    from assets.transform.column_lineage import write_lineage

    write_lineage(INSTALLED)
