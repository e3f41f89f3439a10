"""A build over few rows: the compiled models and their tests, on one connection, in one commit.

dbt costs ten CPU seconds a build before the first row. Its part is the SQL, which is compiled when
the platform is installed; the rows are the same either way.
"""

import time
from collections.abc import Callable, Mapping, Sequence

import duckdb
from duckdb import DuckDBPyConnection

from assets.lake.connection import one_thread
from assets.lake.lake import Lake
from assets.lake.writers import REPLACE
from assets.market.window import Window
from assets.transform.build import (
    build,
    clear_window,
    insert_window,
    prepare,
    replace,
    set_window,
)
from assets.transform.compiled_models import DataTest, Model, data_tests, hooks, models
from assets.transform.dbt_project import NodeResult
from assets.transform.instruments import known_instruments
from assets.transform.tables import OWN_TABLES


class _Refused(Exception):
    """A blocking test found rows."""


def build_small(
    lake: Lake,
    folders: Sequence[str],
    window: Window,
    *,
    landed: Sequence[str] = (),
    commit_info: dict[str, str],
) -> list[NodeResult]:
    """Do what `build` does, at the cost of the statements alone.

    Where a statement or a blocking test fails nothing is written, and dbt builds: what stays in the
    lake then, what is skipped and the words of the failure are its own.
    """
    every = models(lake.settings.root)
    chosen = [one for one in every if one.folder in folders and one.materialized != "ephemeral"]
    try:
        return _build(lake, every, chosen, window, landed=landed, commit_info=commit_info)
    except (duckdb.Error, _Refused):
        return build(lake, folders, window, landed=landed, commit_info=commit_info)


def _build(
    lake: Lake,
    every: Sequence[Model],
    chosen: Sequence[Model],
    window: Window,
    *,
    landed: Sequence[str],
    commit_info: dict[str, str],
) -> list[NodeResult]:
    statements = hooks(lake.settings.root)
    in_memory = [model for model in chosen if model.database == "memory"]
    in_lake = [model for model in chosen if model.database != "memory"]
    names = {model.name for model in chosen}
    # dbt, too, runs each test that reads a chosen model
    tests = [test for test in data_tests(lake.settings.root) if names & {*test.parents}]

    def work(connection: DuckDBPyConnection) -> list[NodeResult]:
        # a replay of a lost commit begins here: what is in memory is no part of it
        made = [_timed(model, _replace_rows, connection, statements) for model in in_lake]
        return [*made, *(_tested(connection, test) for test in tests)]

    with lake.lock(), lake.connect(read_only=False) as connection:
        tables = [model.table for model in every if model.window_column]
        lake.create_missing(connection, [*tables, *OWN_TABLES])
        one_thread(connection)
        prepare(connection, in_memory)
        described = known_instruments(lake) if landed else "[]"
        set_window(connection, window, landed, described)
        # DuckDB writes one database a transaction: what is in memory comes before
        stored = [_timed(model, _replace, connection, statements) for model in in_memory]
        message = f"build {', '.join(sorted({model.folder for model in in_lake}))}"
        return stored + lake.commit(connection, work, message=message, commit_info=commit_info)


Step = Callable[[DuckDBPyConnection, Model, Mapping[str, str]], object]


def _timed(
    model: Model, step: Step, connection: DuckDBPyConnection, statements: Mapping[str, str]
) -> NodeResult:
    began = time.perf_counter()
    step(connection, model, statements)
    return NodeResult(model.unique_id, "success", "", 0, time.perf_counter() - began)


def _replace(connection: DuckDBPyConnection, model: Model, _: Mapping[str, str]) -> None:
    replace(connection, model)


def _replace_rows(
    connection: DuckDBPyConnection, model: Model, statements: Mapping[str, str]
) -> None:
    for name in model.pre_hooks:
        connection.execute(statements[name])
    clear_window(connection, model, REPLACE)
    insert_window(connection, model)
    for name in model.post_hooks:
        connection.execute(statements[name])


def _tested(connection: DuckDBPyConnection, test: DataTest) -> NodeResult:
    began = time.perf_counter()
    ((failures,),) = connection.execute(f"select count(*) from (\n{test.sql}\n)").fetchall()
    if failures and test.is_blocking:
        raise _Refused(test.unique_id)
    status, message = "pass", ""
    if failures:
        status, message = "warn", f"Got {failures} results, configured to warn if != 0"
    return NodeResult(test.unique_id, status, message, failures, time.perf_counter() - began)
