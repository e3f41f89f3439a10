"""Which Parquet files hold the rows of a table at a snapshot.

DuckLake looks for the files of each statement in its catalog: tens of milliseconds, where to read
an hour of them takes five. Who answers many small questions about one snapshot asks once, here.
What a row means is not decided here.
"""

import shutil
import tempfile
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from duckdb import DuckDBPyConnection

from assets.lake.connection import ALIAS, literal
from assets.lake.lake import Lake
from assets.lake.snapshots import of_catalog, table_ids

MOST_FILES = 200
"""Of a table: to open more costs a statement more than the catalog does."""
MOST_COPIED = 200_000
"""Rows of a table that a list copies, each time that the table has changed."""
INLINED = "ducklake_inlined_data_"
"""How DuckLake calls the file of rows that the catalog itself has."""


@dataclass(frozen=True)
class TableFiles:
    """Addresses of the files of a table; one of copied rows goes with the last reference.

    `folder` is that file's, where there is one.
    """

    addresses: Sequence[str]
    folder: Path | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.folder is not None:
            weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)


FileLists = Mapping[str, TableFiles | None]
"""The files of tables by their names, all of one snapshot; None where DuckLake has to be asked."""


def list_files(
    lake: Lake,
    connection: DuckDBPyConnection,
    tables: Sequence[str],
    known: FileLists | None = None,
) -> FileLists:
    """The files of those of the tables, named schema.table, that there are.

    `connection` is in a transaction, whose snapshot it is; `known` has those of tables that have
    not changed since. Rows that lie in the catalog, or in a file of which some were deleted, are
    copied into a file. None where a table has more than `MOST_FILES`, or `MOST_COPIED` such rows:
    then only DuckLake reads it fast enough.
    """
    snapshot = lake.snapshot_id(connection)
    found = dict(known or {})
    ids = table_ids(connection, [name for name in tables if name not in found])
    files = _data_files(lake, connection, ids, snapshot)
    inlined = _inlined_counts(lake, connection, ids, snapshot)
    rows = _row_counts(connection, ids)
    for name in ids:
        whole, worn = files[name], list[str]()
        if sum(count for _, count in whole) + inlined[name] != rows[name]:
            whole, worn = _whole_and_worn(connection, name, whole)
        copied = rows[name] - sum(count for _, count in whole)
        if len(whole) > MOST_FILES or copied > MOST_COPIED:
            found[name] = None
            continue
        addresses = [address for address, _ in whole]
        # a list of no file would not say which columns there are
        if copied or not addresses:
            found[name] = _with_rows(connection, name, addresses, worn, copied)
        else:
            found[name] = TableFiles(addresses)
    return found


def _whole_and_worn(
    connection: DuckDBPyConnection, name: str, files: Sequence[tuple[str, int]]
) -> tuple[list[tuple[str, int]], list[str]]:
    """Of the files of a table, with their counts, those that have all their rows or some."""
    left = dict(
        connection.execute(
            f"select filename, count(*) from {ALIAS}.{name} group by filename"
        ).fetchall()
    )
    whole = [(address, count) for address, count in files if left.get(address) == count]
    worn = [address for address, count in files if 0 < left.get(address, 0) < count]
    return whole, worn


def _with_rows(
    connection: DuckDBPyConnection,
    name: str,
    addresses: Sequence[str],
    worn: Sequence[str],
    count: int,
) -> TableFiles | None:
    """Files of a table, and one of its rows in the catalog and in those that are worn.

    None where these are not as many as they must be: DuckLake names its files otherwise then.
    """
    folder = Path(tempfile.mkdtemp(prefix="rows-"))
    own = str(folder / f"{name}.parquet")
    listed = ", ".join(map(literal, worn)) or "null"
    ((copied,),) = connection.execute(
        f"copy (from {ALIAS}.{name} "
        f"where starts_with(filename, {literal(INLINED)}) or filename in ({listed})) "
        f"to {literal(own)} (format parquet)"
    ).fetchall()
    made = TableFiles([*addresses, own], folder)
    return made if copied == count else None


def have_views(connection: DuckDBPyConnection, lists: FileLists) -> None:
    """Give a database the tables as views over the files that `use_files` names."""
    # a view asks for its columns when it is made
    use_files(connection, lists)
    for name in (name for name, files in lists.items() if files is not None):
        connection.execute(f"create schema if not exists {ALIAS}.{name.partition('.')[0]}")
        connection.execute(
            f"create view if not exists {ALIAS}.{name} as "
            f"from read_parquet(getvariable('{_variable(name)}'), hive_partitioning = false)"
        )


def use_files(connection: DuckDBPyConnection, lists: FileLists) -> None:
    """Let the views of `have_views` show these files to the statements of one connection."""
    for name, files in lists.items():
        if files is None:
            continue
        listed = ", ".join(map(literal, files.addresses))
        connection.execute(f"set variable {_variable(name)} = [{listed}]")


def _variable(name: str) -> str:
    return f"files_of_{name.replace('.', '_')}"


def _data_files(
    lake: Lake, connection: DuckDBPyConnection, ids: Mapping[str, int], snapshot: int
) -> dict[str, list[tuple[str, int]]]:
    """By table: the address of each file, and how many rows were written into it."""
    found: dict[str, list[tuple[str, int]]] = {name: [] for name in ids}
    if not ids:
        return found
    names = {id_: name for name, id_ in ids.items()}
    question = (
        "select f.table_id, f.record_count, f.path, f.path_is_relative, "
        "t.path as table_path, t.path_is_relative as of_schema, "
        "s.path as schema_path, s.path_is_relative as of_lake from ducklake_data_file f "
        "inner join ducklake_table t on t.table_id = f.table_id and t.end_snapshot is null "
        "inner join ducklake_schema s on s.schema_id = t.schema_id and s.end_snapshot is null "
        f"where f.table_id in ({', '.join(map(str, names))}) and {_lives('f.', snapshot)}"
    )
    root = lake.objects.path("lake").rstrip("/") + "/"
    for id_, count, path, of_table, table, of_schema, schema, of_lake in connection.execute(
        of_catalog(lake, question)
    ).fetchall():
        parts = [(schema, of_lake), (table, of_schema), (path, of_table)]
        address = root
        for part, is_relative in parts:
            address = address + part if is_relative else part
        found[names[int(id_)]].append((address, int(count)))
    return found


def _inlined_counts(
    lake: Lake, connection: DuckDBPyConnection, ids: Mapping[str, int], snapshot: int
) -> dict[str, int]:
    """By table: how many of its rows the catalog has."""
    counts = dict.fromkeys(ids, 0)
    names = {id_: name for name, id_ in ids.items()}
    own = connection.execute(
        of_catalog(lake, "select table_id, table_name from ducklake_inlined_data_tables")
    ).fetchall()
    questions = [
        f"select {int(id_)} as id, count(*) as count from {table} where {_lives('', snapshot)}"
        for id_, table in own
        if int(id_) in names
    ]
    if questions:
        asked = of_catalog(lake, " union all ".join(questions))
        for id_, count in connection.execute(asked).fetchall():
            counts[names[int(id_)]] += int(count)
    return counts


def _row_counts(connection: DuckDBPyConnection, ids: Mapping[str, int]) -> dict[str, int]:
    """By table: how many rows DuckLake counts; it opens no file for that."""
    if not ids:
        return {}
    counts = ", ".join(f"(select count(*) from {ALIAS}.{name})" for name in ids)
    (found,) = connection.execute(f"select {counts}").fetchall()
    return dict(zip(ids, found, strict=True))


def _lives(prefix: str, snapshot: int) -> str:
    return (
        f"{prefix}begin_snapshot <= {snapshot:d} "
        f"and ({prefix}end_snapshot is null or {prefix}end_snapshot > {snapshot:d})"
    )
