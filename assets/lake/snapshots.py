"""Which tables each snapshot of the lake changed, read from DuckLake's catalog."""

import re
from collections.abc import Sequence

from duckdb import DuckDBPyConnection

from assets.lake.connection import ALIAS, literal
from assets.lake.lake import Lake

# DuckLake's own tables, attached beside the lake
CATALOG = f"__ducklake_metadata_{ALIAS}"


def table_ids(connection: DuckDBPyConnection, tables: Sequence[str]) -> frozenset[int]:
    """The current ids of tables named schema.table."""
    rows = connection.execute(
        f"""
        select table_id
        from {CATALOG}.ducklake_table as tables
        inner join {CATALOG}.ducklake_schema as schemas using (schema_id)
        where
            tables.end_snapshot is null
            and list_contains(?, schemas.schema_name || '.' || tables.table_name)
        """,
        [list(tables)],
    ).fetchall()
    return frozenset(table_id for (table_id,) in rows)


def changed_since(
    lake: Lake, connection: DuckDBPyConnection, snapshot_id: int
) -> frozenset[int] | None:
    """The ids of the tables that snapshots after this one changed.

    None: the catalog has expired one of these snapshots.
    """
    kind = "sqlite" if lake.settings.catalog is None else "postgres"
    # in the catalog's own SQL: DuckDB's scan of SQLite would read every change ever made
    question = (
        "select snapshot_id, changes_made from ducklake_snapshot_changes "
        f"where snapshot_id >= {snapshot_id:d} order by snapshot_id"
    )
    rows = connection.execute(
        f"select snapshot_id::bigint, changes_made from {kind}_query({literal(CATALOG)}, "
        f"{literal(question)})"
    ).fetchall()
    known = [id_ for id_, _ in rows]
    if not known or known != list(range(snapshot_id, snapshot_id + len(known))):
        return None
    # as in `inserted_into_table:3,inlined_delete:72`
    return frozenset(int(id_) for _, made in rows[1:] for id_ in re.findall(r":(\d+)", made))
