"""The ledger of landed objects, as a window reads it and writes to it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from duckdb import DuckDBPyConnection

from assets.lake.writers import REPLACE, Writer
from assets.market.window import Window


@dataclass(frozen=True)
class Vanished:
    """A landed object that the lake has rows of, and the store no longer has."""

    object: str
    source_file: str | None
    row_count: int

    def __str__(self) -> str:
        again = f", land {self.source_file} again" if self.source_file else ""
        return (
            f"the landed object {self.object} is gone, of which the lake has {self.row_count:,} "
            f"rows: restore it{again}, or, if it was deleted on purpose, make the lake without it "
            "(`tapewatch rebuild --discard-lake`)"
        )


def known_objects(connection: DuckDBPyConnection, window: Window, writer: Writer) -> list[str]:
    """The objects of the ledger that hold trades of the window."""
    rows = writer.existing(
        connection,
        "select distinct object from lake.ops.landed_objects "
        "where dataset = 'trades' and least_traded_at < ? and greatest_traded_at >= ?",
        [window.end_at, window.start_at],
    )
    return [key for (key,) in rows]


def read_objects(connection: DuckDBPyConnection, keys: Collection[str]) -> set[str]:
    """Those of the objects that a run has read."""
    rows = connection.execute(
        "select distinct object from lake.ops.landed_objects where object in (select unnest(?))",
        [list(keys)],
    ).fetchall()
    return {key for (key,) in rows}


def open_objects(connection: DuckDBPyConnection, since: datetime) -> dict[str, datetime]:
    """The objects of the ledger with trades from a time on, each with its last trade's time."""
    rows = connection.execute(
        "select object, max(greatest_traded_at) from lake.ops.landed_objects "
        "where dataset = 'trades' and greatest_traded_at >= ? group by object",
        [since],
    ).fetchall()
    return dict(rows)


def objects_of_window(connection: DuckDBPyConnection) -> dict[str, datetime]:
    """The objects with trades of the window in memory, each with its last trade's time."""
    rows = connection.execute(
        "select object, max(greatest_traded_at) from memory.intermediate.int_object_days "
        "group by object having sum(window_row_count) > 0 and count(greatest_traded_at) > 0"
    ).fetchall()
    return dict(rows)


def has_timeless_rows(connection: DuckDBPyConnection) -> bool:
    """Whether one of the objects has rows that lie in no window: each of its runs writes them."""
    return bool(
        connection.execute(
            "select 1 from memory.intermediate.int_trades_set_aside where traded_at is null limit 1"
        ).fetchall()
    )


def record(
    connection: DuckDBPyConnection,
    statements: Mapping[str, str],
    known: Collection[str] | None,
    writer: Writer,
) -> None:
    """Write the objects of the window in memory.

    The row of an object never changes: those that it is `known` to have stay as they
    are, given a window without rows that lie in no window. Where nobody knows (None), they are
    replaced, for which the lake opens every file of the ledger.
    """
    connection.execute("set variable known_objects = ?", [list(known or ())])
    (REPLACE if known is None else writer).clear(connection, statements["forget_new_objects"])
    connection.execute(statements["record_new_objects"])


def vanished_objects(
    connection: DuckDBPyConnection, landed: Collection[str], days: Collection[date] | None = None
) -> list[Vanished]:
    """The objects of the ledger (with rows of some days) that are not among the landed ones."""
    rows = connection.execute(
        "select object, any_value(source_file), sum(row_count)::bigint "
        "from lake.ops.landed_objects "
        "where ? is null or list_contains(?, trade_day) group by object order by object",
        [None if days is None else list(days)] * 2,
    ).fetchall()
    present = frozenset(landed)
    return [Vanished(*row) for row in rows if row[0] not in present]
