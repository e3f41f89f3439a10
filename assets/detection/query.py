"""A detector's query: its relations are built once, as SQL that each window runs anew.

Binding a chain of relations costs several times what the query does over a window of seconds, and
more over tables of the lake, whose columns the catalog is asked for each time.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import Any

import duckdb
from duckdb import CatalogException, DuckDBPyConnection, DuckDBPyRelation

from assets.anomaly.tables import ANOMALY
from assets.detection.detector import DetectFunction, Detector
from assets.detection.hit_rows import DetectionError, hit_rows
from assets.lake.source import Source, in_lake
from assets.market.window import Window, floor

Row = dict[str, Any]

# variables of the connection, so that the SQL is the same in every window
SEEN_FROM = "getvariable('seen_from')"
JUDGED_FROM = "getvariable('judged_from')"
JUDGED_UNTIL = "getvariable('judged_until')"
SEEN = f"cell_start_at >= {SEEN_FROM} and cell_start_at < {JUDGED_UNTIL}"
# each cell of a grid belongs to one window
CLOSING = f"cell_end_at > {JUDGED_FROM} and cell_end_at <= {JUDGED_UNTIL}"
# a detector that changes in a process, by a test or a reload, is another
_queries: dict[tuple[DetectFunction, str, tuple[str, ...]], str] = {}
_copying = Lock()


def run_query(
    connection: DuckDBPyConnection, detector: Detector, window: Window, source: Source = in_lake
) -> list[Row]:
    """The detector's rows whose cell ends inside the window, by subject, time and kind.

    Columns: those of `hit_rows`.
    """
    found = connection.execute(prepared(connection, detector, window, source))
    columns = [name for name, *_ in found.description]
    return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]


def prepared(
    connection: DuckDBPyConnection, detector: Detector, window: Window, source: Source = in_lake
) -> str:
    """The detector's query, and the window's bounds in the variables that it reads."""
    tables = _bounded(connection, detector, window, source)
    key = (detector.detect, detector.code_version, tables)
    if key not in _queries:
        with empty_copies(connection, detector, tables) as copies:
            _bounded(copies, detector, window, source)
            _queries[key] = query_of(copies, detector, tables)
    return _queries[key]


def cells_of(
    connection: DuckDBPyConnection, detector: Detector, window: Window, source: Source = in_lake
) -> str:
    """SQL of the cells of the detector's first input that end inside the window.

    To be run before any other query is: the window's bounds are variables of the connection.
    """
    first, *_ = _bounded(connection, detector, window, source)
    return f"select * from {first} where {SEEN} and {CLOSING}"


@contextmanager
def empty_copies(
    connection: DuckDBPyConnection, detector: Detector, tables: tuple[str, ...]
) -> Iterator[DuckDBPyConnection]:
    """A database in memory with these tables under their names, without rows.

    A detector that reads rows while its query is built sees none. One database serves all: to open
    one costs as much as to build a query.
    """
    with _copying, _empty_database().cursor() as copies:
        for name, table in zip(detector.inputs, tables, strict=True):
            database, schema, _ = table.split(".")
            copies.execute(f"attach if not exists ':memory:' as {database}")
            copies.execute(f"create schema if not exists {database}.{schema}")
            original = _table(connection, detector, name, table)
            columns = zip(original.columns, original.types, strict=True)
            listed = ", ".join(f'"{column}" {kind}' for column, kind in columns)
            copies.execute(f"create or replace table {table} ({listed})")
        yield copies


@cache
def _empty_database() -> DuckDBPyConnection:
    return duckdb.connect(":memory:")


def query_of(connection: DuckDBPyConnection, detector: Detector, tables: tuple[str, ...]) -> str:
    """The detector's hits from its inputs in these tables, as SQL over the variables."""
    inputs = {
        name: _input(connection, detector, name, table)
        for name, table in zip(detector.inputs, tables, strict=True)
    }
    rows = hit_rows(detector, inputs).filter(CLOSING)
    return rows.order("subject_id, venue, symbol, cell_start_at, kind").sql_query()


def table_of(name: str) -> str:
    """Where a detector's input lies in the lake."""
    return ANOMALY.name if f"scores.{name}" == ANOMALY.name else f"features.{name}"


def _bounded(
    connection: DuckDBPyConnection, detector: Detector, window: Window, source: Source
) -> tuple[str, ...]:
    """The tables of the detector's inputs, their bounds for this window in the variables."""
    seen_from = floor(window.start_at, detector.grid) - detector.look_back
    bounds = (seen_from, window.start_at, window.end_at)
    for name, value in zip(("seen_from", "judged_from", "judged_until"), bounds, strict=True):
        connection.execute(f"set variable {name} = timestamp '{value}'")
    return tuple(source(table_of(name), seen_from) for name in detector.inputs)


def _input(
    connection: DuckDBPyConnection, detector: Detector, name: str, table: str
) -> DuckDBPyRelation:
    """One input, cut to what the detector may see of it."""
    return _table(connection, detector, name, table).filter(SEEN)


def _table(
    connection: DuckDBPyConnection, detector: Detector, name: str, table: str
) -> DuckDBPyRelation:
    try:
        return connection.table(table)
    except CatalogException as error:
        raise DetectionError(
            f"{detector.name} reads {name}, which is no table of features or scores: "
            "build the features first, or mend the argument's name"
        ) from error
