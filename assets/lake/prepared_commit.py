"""Long work that other writers do not wait for: prepared without the lock, committed under it."""

from collections.abc import Callable
from typing import TypeVar

from duckdb import DuckDBPyConnection

from assets.lake.lake import Lake
from assets.lake.tables import Table

Result = TypeVar("Result")


def prepare_and_commit(
    lake: Lake,
    prepare: Callable[[DuckDBPyConnection], object],
    save: Callable[[DuckDBPyConnection], Result],
    *,
    tables: tuple[Table, ...],
    message: str,
    commit_info: dict[str, str],
) -> Result:
    """Prepare rows of one snapshot in temporary tables, and save them in one commit.

    Where a commit of the same `message` came in between, somebody replaced such rows from a later
    snapshot: they are prepared again, under the lock. Missing tables are created first.

    Parameters
    ----------
    prepare
        Reads the lake, writes temporary tables alone, and may be called twice.
    save
        Writes them to `tables`; it may be called again.
    """
    names = [table.name for table in tables]
    with lake.connect(read_only=False) as connection:
        with lake.lock(names):
            lake.create_missing(connection, tables)
        snapshot = _prepare(lake, connection, prepare)
        with lake.lock(names):
            if _committed_since(connection, snapshot, message):
                _prepare(lake, connection, prepare)
            return lake.commit(connection, save, message=message, commit_info=commit_info)


def _prepare(
    lake: Lake, connection: DuckDBPyConnection, prepare: Callable[[DuckDBPyConnection], object]
) -> int:
    """The snapshot that was read; every query of one transaction sees the same."""
    connection.execute("begin")
    try:
        snapshot = lake.snapshot_id(connection)
        prepare(connection)
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("commit")
    return snapshot


def _committed_since(connection: DuckDBPyConnection, snapshot: int, message: str) -> bool:
    ((count,),) = connection.execute(
        """
        select count(*) from ducklake_snapshots('lake')
        where snapshot_id > ? and commit_message = ?
        """,
        [snapshot, message],
    ).fetchall()
    return count > 0
