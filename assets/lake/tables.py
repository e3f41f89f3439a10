"""Tables of the lake: how they are declared, which of them the lake lacks, how they are made."""

from collections.abc import Sequence
from dataclasses import dataclass

from duckdb import DuckDBPyConnection

from assets.lake import LakeError
from assets.lake.connection import ALIAS

# tables of earlier versions under names that no longer serve: beside them a new one would be empty
RETIRED = frozenset({"ops.windows"})
REBUILD = "rebuild the lake from the landed objects with `tapewatch rebuild --discard-lake`"


@dataclass(frozen=True)
class Table:
    """A table as it is created: `name` is schema.table, `columns` a list of SQL definitions."""

    name: str
    columns: tuple[str, ...]
    partitioned_by: str | None = None
    sorted_by: str | None = None


def missing_tables(connection: DuckDBPyConnection, tables: Sequence[Table]) -> list[Table]:
    """Those of the tables that the lake lacks; LakeError where another version made the lake."""
    present = columns_of(connection)
    for name in sorted(RETIRED & present.keys()):
        raise LakeError(
            f"an earlier version made table {name} of the lake, which this one does not read: "
            f"{REBUILD}"
        )
    for table in tables:
        wanted = [column.split()[0] for column in table.columns]
        if present.get(table.name, wanted) != wanted:
            raise LakeError(
                f"table {table.name} of the lake has the columns {present[table.name]}, this "
                f"version writes {wanted}: {REBUILD}"
            )
    return [table for table in tables if table.name not in present]


def create_table(connection: DuckDBPyConnection, table: Table) -> None:
    """Create a table, and its schema where that is missing."""
    schema = table.name.partition(".")[0]
    connection.execute(f"create schema if not exists {ALIAS}.{schema}")
    connection.execute(f"create table {ALIAS}.{table.name} ({', '.join(table.columns)})")
    if table.partitioned_by:
        connection.execute(
            f"alter table {ALIAS}.{table.name} set partitioned by ({table.partitioned_by})"
        )
    if table.sorted_by:
        connection.execute(f"alter table {ALIAS}.{table.name} set sorted by ({table.sorted_by})")


def columns_of(connection: DuckDBPyConnection) -> dict[str, list[str]]:
    """schema.table -> column names, in order, of the attached lake."""
    rows = connection.execute(
        "select schema_name || '.' || table_name, list(column_name order by column_index) "
        "from duckdb_columns() where database_name = ? group by all",
        [ALIAS],
    ).fetchall()
    return dict(rows)
