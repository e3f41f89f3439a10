"""Rows that Python made, into a table of the lake."""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
from duckdb import DuckDBPyConnection

from orchestration.lake import ALIAS


def insert_rows(
    connection: DuckDBPyConnection,
    table: str,
    rows: Sequence[Mapping[str, Any]],
    database: str = ALIAS,
) -> None:
    """Append the rows to a table of the lake, columns by name; one insert whatever their number."""
    if not rows:
        return
    made_rows = pa.table({name: [row[name] for row in rows] for name in rows[0]})
    connection.register("made_rows", made_rows)
    connection.execute(f"insert into {database}.{table} by name select * from made_rows")
    connection.unregister("made_rows")
