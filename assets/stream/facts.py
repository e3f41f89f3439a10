"""The first half of a micro-batch: trades and features of a window, in one commit.

dbt stays out of it: its compiled models run in their order, and those of a grain that closes no
cell in the window are left out, for they would write nothing.
"""

from collections.abc import Sequence
from dataclasses import replace

from duckdb import DuckDBPyConnection

from assets.lake.writers import REPLACE, Writer, replacing_on_replay
from assets.landing.schema import COLUMNS_KEY
from assets.market.window import Window
from assets.stream import named_trades, tags
from assets.stream.in_memory import IN_MEMORY
from assets.stream.recent_rows import (
    TRADES,
    RecentRows,
    is_in_memory,
    may_have_rows,
    reading_recent,
)
from assets.stream.stream import Stream
from assets.stream.unchanged_tables import make_tables
from assets.transform.build import clear_window, insert_window, set_window
from assets.transform.compiled_models import Model, hooks, models
from assets.transform.late_data import closed_until, note
from assets.transform.ledger import has_timeless_rows, record

# what a day's report reads, and no detector
BY_DAY = "marts"


def write_facts(
    stream: Stream,
    window: Window,
    objects: Sequence[str],
    commit_info: dict[str, str],
    writer: Writer,
    recent: RecentRows | None,
) -> tuple[Window, dict[str, int], RecentRows | None]:
    """Write trades and features in one commit.

    Gives the window that they reach to, the number of rows by table, and the rows in memory, of
    which the window's are now.
    """
    lake, connection = stream.lake, stream.connection
    due = [model for model in models(lake.settings.root) if model.folder != BY_DAY]
    paths = [lake.objects.path(key) for key in (COLUMNS_KEY, *objects)]
    set_window(connection, window, paths, stream.instruments)
    names_before = stream.unchanged.names
    # DuckDB writes one database a transaction: the intermediate tables come before
    make_tables(connection, due, stream.unchanged, objects)
    windowed = [model for model in due if model.materialized == "window"]
    in_memory = [] if recent is None else [m for m in windowed if is_in_memory(m.table.name)]
    if recent is not None:
        recent = _compute_in_memory(connection, window, in_memory, recent)
    statements = hooks(lake.settings.root)

    def work(connection: DuckDBPyConnection, writer: Writer) -> tuple[Window, dict[str, int]]:
        # variables outlive a commit that was lost
        set_window(connection, window, paths, stream.instruments)
        is_timeless = has_timeless_rows(connection)
        # such rows lie in no window: any window of their object replaces them
        of_timeless = REPLACE if is_timeless else writer
        of_timeless.clear(connection, statements["forget_timeless_rows"])

        def write(model: Model) -> int:
            clear_window(connection, model, writer)
            if stream.unchanged.is_empty(*model.rows_come_of):
                return 0
            if recent is not None and not may_have_rows(connection, recent, model, window):
                return 0
            return insert_window(connection, model, IN_MEMORY if model in in_memory else None)

        counts = {
            model.table.name: write(model) for model in windowed if model.folder != "features"
        }
        if stream.unchanged.names != names_before:
            connection.execute(statements["record_instruments"])
        known = None if recent is None or is_timeless else recent.objects
        record(connection, statements, known, writer)
        note(connection, window, writer)
        touched = Window(window.start_at, closed_until(connection, window, writer=writer))
        if touched != window:
            set_window(connection, touched, paths, stream.instruments)
        for model in windowed:
            is_due = model.begins_a_row_in if model in in_memory else model.closes_a_cell_in
            if model.folder == "features" and is_due(touched):
                counts[model.table.name] = write(model)
        return touched, counts

    touched, counts = lake.commit(
        connection,
        replacing_on_replay(writer, work),
        message=tags.WINDOW_COMMIT,
        commit_info=commit_info,
    )
    return touched, counts, recent


def _compute_in_memory(
    connection: DuckDBPyConnection, window: Window, chosen: Sequence[Model], recent: RecentRows
) -> RecentRows:
    """Compute the window's rows in memory, from those of the windows before."""
    # one look at the catalog for all: they are bound to the lake's tables too
    connection.begin()
    try:
        for model in chosen:
            if model.begins_a_row_in(window) and may_have_rows(connection, recent, model, window):
                table = f"{IN_MEMORY}.{model.table.name}"
                connection.execute(f"insert into {table} {reading_recent(model.sql, recent)}")
            if model.table.name == TRADES:
                recent = replace(recent, named=named_trades.add(connection, recent.named))
    except BaseException:
        connection.rollback()
        raise
    connection.commit()
    return recent
