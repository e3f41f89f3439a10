"""Tables of the lake: their declaration, which of them are missing, their creation."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self, get_args, get_origin, get_type_hints

from duckdb import DuckDBPyConnection

from assets.lake import LakeError
from assets.lake.connection import ALIAS, literal
from assets.lake.meanings import meanings_of

# table names of earlier versions: beside such a table the renamed one would be empty
RETIRED = frozenset(
    {
        "ops.windows",
        "features.order_tails_1h",
        "features.price_moves_5s",
        "features.rush_orders_5s",
    }
)
SQL_TYPES = {
    str: "varchar",
    int: "bigint",
    float: "double",
    bool: "boolean",
    datetime: "timestamp",
    date: "date",
}
REBUILD = "rebuild the lake from the landed objects with `tapewatch rebuild --discard-lake`"


@dataclass(frozen=True)
class Table:
    """A table as it is created: `name` is schema.table, `columns` a list of SQL definitions."""

    name: str
    columns: tuple[str, ...]
    partitioned_by: str | None = None
    sorted_by: str | None = None
    meaning: str = field(default="", compare=False)
    meanings: Callable[[], Mapping[str, str]] = field(default=dict[str, str], compare=False)
    """What its columns mean, by name; read from the source when somebody asks."""

    @classmethod
    def of(
        cls,
        name: str,
        row: type,
        *,
        meaning: str,
        like: Sequence[type] = (),
        partitioned_by: str | None = None,
    ) -> Self:
        """The table whose rows are instances of a dataclass, its fields the columns in order.

        The text below a field is its column's meaning; a field without one means what the field of
        that name means in a class of `like`. `Annotated[int, "integer"]` asks for that SQL type
        instead of the usual one.
        """
        hints = get_type_hints(row, include_extras=True)
        columns = tuple(f"{field.name} {_sql_type(hints[field.name])}" for field in fields(row))

        def meanings() -> dict[str, str]:
            known = {n: text for one in (*like, row) for n, text in meanings_of(one).items()}
            return {field.name: known.get(field.name, "") for field in fields(row)}

        return cls(name, columns, partitioned_by, meaning=meaning, meanings=meanings)

    @classmethod
    def described(
        cls,
        name: str,
        meaning: str,
        columns: Mapping[str, str],
        partitioned_by: str | None = None,
    ) -> Self:
        """The table of columns given as SQL definitions, each with what it means."""
        meanings = {column.split()[0]: text for column, text in columns.items()}
        return cls(name, tuple(columns), partitioned_by, meaning=meaning, meanings=lambda: meanings)

    @property
    def column_names(self) -> list[str]:
        """The columns' names, in order."""
        return [column.split()[0] for column in self.columns]


def _sql_type(hint: Any) -> str:
    """The SQL type of a field's values other than None."""
    if get_origin(hint) is Annotated:
        return str(get_args(hint)[1])
    if get_origin(hint) is Literal:
        return SQL_TYPES[type(get_args(hint)[0])]
    present = [kind for kind in get_args(hint) if kind is not type(None)]
    return _sql_type(present[0]) if present else SQL_TYPES[hint]


def missing_tables(connection: DuckDBPyConnection, tables: Sequence[Table]) -> list[Table]:
    """The tables that the lake lacks; LakeError if another version created the lake."""
    present = refuse_other_versions(connection, tables)
    return [table for table in tables if table.name not in present]


def refuse_other_versions(
    connection: DuckDBPyConnection, tables: Sequence[Table]
) -> dict[str, list[str]]:
    """LakeError if another version created the lake; else the columns of each of its tables."""
    present = columns_of(connection)
    for name in sorted(RETIRED & present.keys()):
        raise LakeError(
            f"an earlier version made table {name} of the lake, which this one does not read: "
            f"{REBUILD}"
        )
    for table in tables:
        wanted = table.column_names
        if present.get(table.name, wanted) != wanted:
            raise LakeError(
                f"table {table.name} of the lake has the columns {present[table.name]}, this "
                f"version writes {wanted}: {REBUILD}"
            )
    return present


def comments_on(
    connection: DuckDBPyConnection, tables: Sequence[Table], database: str = ALIAS
) -> list[str]:
    """The statements that give each table and column its meaning as a comment, where it differs."""
    present: dict[tuple[str, str | None], str | None] = {
        (table, column): comment
        for table, column, comment in connection.execute(
            "select schema_name || '.' || table_name, null, comment from duckdb_tables() "
            "where database_name = $database union all "
            "select schema_name || '.' || table_name, column_name, comment from duckdb_columns() "
            "where database_name = $database",
            {"database": database},
        ).fetchall()
    }
    wanted = {
        (table.name, column): text
        for table in tables
        for column, text in [(None, table.meaning), *table.meanings().items()]
    }
    return [
        _comment(f"{database}.{table}", column, text)
        for (table, column), text in wanted.items()
        if text and (table, column) in present and present[table, column] != text
    ]


def _comment(table: str, column: str | None, text: str) -> str:
    subject = f"table {table}" if column is None else f"column {table}.{column}"
    return f"comment on {subject} is {literal(text)}"


def create_table(connection: DuckDBPyConnection, table: Table) -> None:
    """Create an empty table with its comments in a transaction, and its schema where missing."""
    schema = table.name.partition(".")[0]
    name = f"{ALIAS}.{table.name}"
    meanings = {None: table.meaning, **table.meanings()}
    statements = [
        f"create schema if not exists {ALIAS}.{schema}",
        f"create table {name} ({', '.join(table.columns)})",
        *(_comment(name, column, text) for column, text in meanings.items() if text),
    ]
    if table.partitioned_by:
        statements.append(f"alter table {name} set partitioned by ({table.partitioned_by})")
    if table.sorted_by:
        statements.append(f"alter table {name} set sorted by ({table.sorted_by})")
    # at once: comments add hundreds of statements, and each call costs as much as one
    connection.execute(";".join(statements))
    # of a table that had no row ever, DuckLake asks its catalog for the statistics of each column
    # at each query: seventy times the query. No snapshot shows this row
    connection.execute(f"insert into {ALIAS}.{table.name} default values")
    connection.execute(f"delete from {ALIAS}.{table.name}")


def columns_of(connection: DuckDBPyConnection) -> dict[str, list[str]]:
    """schema.table -> column names, in order, of the attached lake."""
    rows = connection.execute(
        "select schema_name || '.' || table_name, list(column_name order by column_index) "
        "from duckdb_columns() where database_name = ? group by all",
        [ALIAS],
    ).fetchall()
    return dict(rows)
