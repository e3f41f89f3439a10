"""A table of the lake as a source: its rows in the order of their commits, behind a cursor."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

from duckdb import DuckDBPyConnection

from assets.delivery.events import Event, Found, Source
from assets.lake.lake import Lake
from assets.lake.positions import NOTHING, Position, end_of

# what was found earlier than that before the first look is history, not news
NEWS = timedelta(days=1)

Between = Callable[[DuckDBPyConnection, int, int], Sequence[Event]]
"""The events of the rows behind one row id, up to another."""


def table_source(
    name: str, lake: Lake, table: str, between: Between, found_at: str | None = None
) -> Source:
    """The events of a table's rows.

    `found_at` is the column of when a row was found; without one the first look takes every row.
    """
    return Source(name, partial(look, lake, table, between, found_at))


def look(
    lake: Lake, table: str, between: Between, found_at: str | None, cursor: str | None
) -> Found:
    """What lies behind a cursor; where that is of another table, what the first look would find."""
    with lake.connect() as connection:
        end = end_of(connection, table)
        before = Position.of_text(cursor) if cursor else None
        if before is not None and before.table_id == end.table_id:
            after = before.row_id
        else:
            after = before_news(connection, table, found_at) if found_at else NOTHING
        found = between(connection, after, end.row_id) if after < end.row_id else []
    return Found(found, str(end))


def before_news(connection: DuckDBPyConnection, table: str, found_at: str) -> int:
    """The last row that is history."""
    return connection.execute(
        f"select coalesce(max(rowid), {NOTHING}) from lake.{table} where {found_at} < ?",
        [datetime.now(UTC).replace(tzinfo=None) - NEWS],
    ).fetchall()[0][0]
