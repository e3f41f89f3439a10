"""Copies of the lake for other programs: a DuckDB file, or a folder of Parquet."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from duckdb import DuckDBPyConnection

from assets.lake import LakeError
from assets.lake.connection import ALIAS, literal
from assets.lake.lake import Lake
from assets.lake.tables import Table, columns_of, comments_on

Copied = list[dict[str, int | str]]
COPY = "copied"


def export_duckdb(lake: Lake, tables: Sequence[Table], file: Path) -> Copied:
    """Copy every table of one snapshot, with its comments, into a new DuckDB file."""

    def copy(connection: DuckDBPyConnection, target: Path) -> Copied:
        connection.execute(f"attach {literal(str(target))} as {COPY}")
        names = sorted(columns_of(connection))
        for schema in sorted({name.partition(".")[0] for name in names}):
            connection.execute(f"create schema {COPY}.{schema}")
        copied: Copied = []
        for name in names:
            connection.execute(f"create table {COPY}.{name} as from {ALIAS}.{name}")
            copied.append({"table": name, "rows": _count(connection, name)})
        connection.execute(";".join(comments_on(connection, tables, COPY)))
        connection.execute(f"detach {COPY}")
        return copied

    return _export(lake, file, copy)


def export_parquet(lake: Lake, folder: Path) -> Copied:
    """Copy every table of one snapshot to `<schema>/<table>.parquet` below a new folder."""

    def copy(connection: DuckDBPyConnection, target: Path) -> Copied:
        copied: Copied = []
        for name in sorted(columns_of(connection)):
            path = target / f"{name.replace('.', '/')}.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            connection.execute(
                f"copy {ALIAS}.{name} to {literal(str(path))} (format parquet, compression zstd)"
            )
            copied.append({"table": name, "rows": _count(connection, name)})
        return copied

    return _export(lake, folder, copy)


def _export(lake: Lake, target: Path, copy: Callable[[DuckDBPyConnection, Path], Copied]) -> Copied:
    """Copy under another name first, so that a killed export leaves nothing that looks whole."""
    if target.exists():
        raise LakeError(f"{target} exists: remove it, or name another; an export is made anew")
    if not target.absolute().parent.is_dir():
        raise LakeError(f"there is no folder {target.absolute().parent}: make it, or name another")
    unfinished = target.with_name(f".{target.name}.unfinished")
    _remove(unfinished)
    try:
        with lake.connect(snapshot=_snapshot(lake)) as connection:
            copied = copy(connection, unfinished)
        unfinished.rename(target)
    finally:
        _remove(unfinished)
    return copied


def _snapshot(lake: Lake) -> int:
    with lake.connect() as connection:
        return lake.snapshot_id(connection)


def _count(connection: DuckDBPyConnection, name: str) -> int:
    return connection.execute(f"select count(*) from {ALIAS}.{name}").fetchall()[0][0]


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    Path(f"{path}.wal").unlink(missing_ok=True)
