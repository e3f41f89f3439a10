"""How far a table of the lake has been read: which table, and its last row in order of commits.

Row ids of DuckLake follow the commits, whatever the clock said. A table that was made anew counts
from nought again, so a position also names the table.
"""

from dataclasses import dataclass

from duckdb import DuckDBPyConnection

from assets.lake import NoLakeError
from assets.lake.snapshots import CATALOG

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


def end_of(connection: DuckDBPyConnection, table: str) -> Position:
    """The position behind all rows of a table (`schema.table`); NoLakeError where there is none.

    The catalog knows it: no file of the table is opened.
    """
    found = connection.execute(
        f"""
        select tables.table_uuid, coalesce(stats.next_row_id, 0) - 1
        from {CATALOG}.ducklake_table as tables
        inner join {CATALOG}.ducklake_schema as schemas using (schema_id)
        left join {CATALOG}.ducklake_table_stats as stats using (table_id)
        where
            tables.end_snapshot is null
            and schemas.end_snapshot is null
            and schemas.schema_name || '.' || tables.table_name = ?
        """,
        [table],
    ).fetchall()
    if not found:
        raise NoLakeError(f"the lake has no table {table} yet: the first run makes it")
    return Position(str(found[0][0]), found[0][1])
