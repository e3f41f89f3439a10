"""Insert rows from Python into a table of the lake."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from duckdb import DuckDBPyConnection

from assets.lake.connection import ALIAS

# up to this many rows, parameters cost a third of what an Arrow table costs
FEW = 20

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def insert_rows(
    connection: DuckDBPyConnection,
    table: str,
    rows: Sequence[Mapping[str, Any]] | Sequence["DataclassInstance"],
    database: str = ALIAS,
) -> None:
    """Append the rows to a table of the lake, columns by name; one insert whatever their number."""
    if not rows:
        return
    if isinstance(first := rows[0], Mapping):
        names, get = list(first), lambda row, name: row[name]
    else:
        names, get = [field.name for field in fields(first)], getattr
    if len(rows) <= FEW:
        columns = ", ".join(f'"{name}"' for name in names)
        places = f"({', '.join('?' * len(names))})"
        connection.execute(
            f"insert into {database}.{table} ({columns}) values {', '.join([places] * len(rows))}",
            [get(row, name) for row in rows for name in names],
        )
        return
    made_rows = pa.table({name: [get(row, name) for row in rows] for name in names})
    connection.register("made_rows", made_rows)
    connection.execute(f"insert into {database}.{table} by name select * from made_rows")
    connection.unregister("made_rows")
