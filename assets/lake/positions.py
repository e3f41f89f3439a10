"""How far a table of the lake has been read: which table, and its last row in order of commits.

Row ids of DuckLake follow the commits, whatever the clock said. A table that was made anew counts
from nought again, so a position also names the table.
"""

from dataclasses import dataclass

from duckdb import DuckDBPyConnection

from assets.lake import NoLakeError
from assets.lake.connection import ALIAS
from assets.lake.tables import Table

NOTHING = -1


@dataclass(frozen=True)
class Position:
    """The last row of a table that was read; `str` and `of_text` are each other's inverse."""

    table_id: str
    row_id: int

    def __str__(self) -> str:
        return f"{self.table_id}/{self.row_id}"

    @classmethod
    def of_text(cls, text: str) -> "Position":
        table_id, _, row_id = text.rpartition("/")
        return cls(table_id, int(row_id))


def end_of(connection: DuckDBPyConnection, table: Table) -> Position:
    """The position behind all rows of a table; NoLakeError where the lake has no such table."""
    name = table.name.partition(".")[2]
    found = connection.execute(
        f"select table_uuid from ducklake_table_info('{ALIAS}') where table_name = ?", [name]
    ).fetchall()
    if not found:
        raise NoLakeError(f"the lake has no table {table.name} yet: the first run makes it")
    last = connection.execute(
        f"select coalesce(max(rowid), {NOTHING}) from {ALIAS}.{table.name}"
    ).fetchall()
    return Position(str(found[0][0]), last[0][0])
