"""Which tables each snapshot of the lake changed, read from DuckLake's catalog."""

import re
from collections.abc import Sequence

from duckdb import DuckDBPyConnection

from assets.lake.connection import ALIAS, literal
from assets.lake.lake import Lake

# DuckLake's own tables, attached beside the lake
CATALOG = f"__ducklake_metadata_{ALIAS}"


def table_ids(connection: DuckDBPyConnection, tables: Sequence[str]) -> dict[str, int]:
    """The current ids of those of the tables, named schema.table, that there are."""
    rows = connection.execute(
        f"""
        select schemas.schema_name || '.' || tables.table_name, table_id
        from {CATALOG}.ducklake_table as tables
        inner join {CATALOG}.ducklake_schema as schemas using (schema_id)
        where
            tables.end_snapshot is null
            and list_contains(?, schemas.schema_name || '.' || tables.table_name)
        """,
        [list(tables)],
    ).fetchall()
    return dict(rows)


def newest_snapshot(lake: Lake, connection: DuckDBPyConnection) -> int:
    """The lake's last snapshot, for a fraction of what `Lake.snapshot_id` costs."""
    ((newest,),) = connection.execute(
        of_catalog(lake, "select max(snapshot_id) as newest from ducklake_snapshot")
    ).fetchall()
    return int(newest)


def changed_since(
    lake: Lake, connection: DuckDBPyConnection, snapshot_id: int
) -> frozenset[int] | None:
    """The ids of the tables that snapshots after this one changed.

    None: the catalog has expired one of these snapshots.
    """
    question = (
        "select snapshot_id, changes_made from ducklake_snapshot_changes "
        f"where snapshot_id >= {snapshot_id:d} order by snapshot_id"
    )
    rows = connection.execute(of_catalog(lake, question)).fetchall()
    known = [int(id_) for id_, _ in rows]
    if not known or known != list(range(snapshot_id, snapshot_id + len(known))):
        return None
    # as in `inserted_into_table:3,inlined_delete:72`
    return frozenset(int(id_) for _, made in rows[1:] for id_ in re.findall(r":(\d+)", made))


def of_catalog(lake: Lake, question: str) -> str:
    """A query in the catalog's own SQL: DuckDB's scan of SQLite would read whole tables."""
    kind = "sqlite" if lake.settings.catalog is None else "postgres"
    return f"from {kind}_query({literal(CATALOG)}, {literal(question)})"
