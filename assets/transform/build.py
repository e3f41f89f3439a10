"""Run the dbt models: by dbt on the lake, or their compiled SQL on any connection."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from duckdb import DuckDBPyConnection

from assets.lake.lake import Lake
from assets.lake.writers import REPLACE, Writer
from assets.market.window import Window
from assets.transform.accounts.tables import ACCOUNT_TABLES
from assets.transform.compiled_models import Model, models
from assets.transform.dbt_project import NodeResult, invoke, manifest_path
from assets.transform.instruments import known_instruments
from assets.transform.tables import OWN_TABLES


@contextmanager
def scratch_lake(root: Path) -> Iterator[DuckDBPyConnection]:
    """An empty in-memory database with the lake's names, for pure runs of the compiled SQL."""
    import duckdb

    with duckdb.connect(":memory:") as connection:
        connection.execute("attach ':memory:' as lake")
        connection.execute("set timezone = 'UTC'")
        prepare(connection, models(root))
        prepare_accounts(connection)
        yield connection


def prepare_accounts(connection: DuckDBPyConnection) -> None:
    """Create the tables of who is who in memory: models may read them, and they may be empty."""
    for table in ACCOUNT_TABLES:
        schema, columns = table.name.split(".")[0], ", ".join(table.columns)
        connection.execute(f"create schema if not exists lake.{schema}")
        connection.execute(f"create table if not exists lake.{table.name} ({columns})")


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
    instruments: str = "[]",
) -> None:
    """Run compiled models over a window on a connection with `lake` and `memory` attached.

    Does what dbt does with them on the lake, without its tests and hooks: views and tables are
    made again, a windowed table has the window's rows replaced.
    """
    set_window(connection, window, landed, instruments)
    for model in chosen:
        if model.materialized == "window":
            clear_window(connection, model, REPLACE)
            insert_window(connection, model)
        else:
            replace(connection, model)


def replace(connection: DuckDBPyConnection, model: Model) -> int:
    """Make a view, table or seed again; its row count.

    A view is stored as a table: where rows are few, planning it once more for each of its readers
    costs six times what the rows do. An ephemeral model is part of those that read it: there is
    nothing to make.
    """
    if model.materialized == "ephemeral":
        return 0
    made = f"create or replace table {model.relation} as {model.sql}"
    return sum(count for (count,) in connection.execute(made).fetchall())


def clear_window(connection: DuckDBPyConnection, model: Model, writer: Writer) -> None:
    """Delete the window's rows of a windowed table, where the writer replaces."""
    writer.clear(connection, f"delete from {model.relation} where {_in_window(model)}")


def insert_window(
    connection: DuckDBPyConnection, model: Model, copied_from: str | None = None
) -> int:
    """Insert the window's rows of a windowed table; give their number.

    They are computed, or copied from a database that has them already.
    """
    rows = (
        model.sql
        if copied_from is None
        else f"select * from {copied_from}.{model.table.name} where {_in_window(model)}"
    )
    return connection.execute(f"insert into {model.relation} {rows}").fetchall()[0][0]


def _in_window(model: Model) -> str:
    first, last = "getvariable('window_start')", "getvariable('window_end')"
    if model.grain:
        first = f"time_bucket(interval '{model.grain}', {first}::timestamp)"
        last = f"time_bucket(interval '{model.grain}', {last}::timestamp)"
    column = model.window_column
    return f"{column} >= {first} and {column} < {last}"


def set_window(
    connection: DuckDBPyConnection,
    window: Window,
    landed: Sequence[str] = (),
    instruments: str = "[]",
) -> None:
    """Set the variables that every model reads."""
    for name, value in window_variables(window, landed, instruments).items():
        connection.execute(f"set variable {name} = ?", [value])


def window_variables(
    window: Window, landed: Sequence[str] = (), instruments: str = "[]"
) -> dict[str, object]:
    """The window's bounds, the paths of the landed objects to read, the described instruments."""
    return {
        "window_start": window.start_at,
        "window_end": window.end_at,
        "landed_trades": list(landed),
        "known_instruments": instruments,
    }


def compute_features(connection: DuckDBPyConnection, window: Window, root: Path) -> None:
    """Compute every feature of a window from `lake.core.trades`, in place."""
    compute(connection, window, [model for model in models(root) if model.folder == "features"])


def selector(folder: str) -> str:
    """dbt's selector of a folder of models, or of the seeds."""
    # by fully qualified name: paths would be resolved against the working folder
    return "resource_type:seed" if folder == "seeds" else f"fqn:tapewatch.{folder}"


def build(
    lake: Lake,
    folders: Sequence[str],
    window: Window,
    *,
    landed: Sequence[str] = (),
    commit_info: dict[str, str],
) -> list[NodeResult]:
    """Build the models of some folders, and their tests, for a window of the lake.

    Holds the lake's exclusive lock; each model is one commit. A failed model or test is in the
    results, not raised: the caller decides what it stops.
    """
    from assets.transform.dbt_session import session

    windowed = [model.table for model in models(lake.settings.root) if model.window_column]
    lake.create([*windowed, *OWN_TABLES])
    target = manifest_path(lake.settings.root).parent
    described = known_instruments(lake) if landed else "[]"
    variables = window_variables(window, landed, described)
    variables |= {"commit_info": json.dumps(commit_info)}

    def attach(connection: DuckDBPyConnection) -> None:
        lake.configure(connection)
        lake.attach(connection)

    command = ["build", "--no-populate-cache", "--exclude-resource-type", "unit_test"]
    selection = [selector(folder) for folder in folders]
    with lake.lock(), session(attach, variables):
        return invoke([*command, "--select", *selection], target)
