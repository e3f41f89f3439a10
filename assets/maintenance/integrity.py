"""Whether the files of the lake, and the landed objects that it came from, are there and whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import duckdb
from duckdb import DuckDBPyConnection

from assets.lake.connection import ALIAS
from assets.lake.lake import Lake
from assets.lake.snapshots import CATALOG
from assets.landing.readable_copies import REFUSAL, paths_of
from assets.landing.reader import UNKNOWN_DATE, date_of_key, landed_objects
from assets.landing.schema import TRADES
from assets.transform.ledger import Vanished, vanished_objects

READ_AT_ONCE = 500
RESTORE = "restore them from a copy of the store"
REBUILD = "make the lake anew from the landed objects (`tapewatch rebuild --discard-lake`)"
RESTORE_OBJECT = "restore it from a copy of the store, or delete it and land its file again"


class DataFile(NamedTuple):
    """A file of rows, or of deletions, as the catalog describes it; `key` is the store's."""

    table: str
    key: str
    size: int
    is_current: bool


@dataclass(frozen=True)
class Damage:
    """What is wrong with a file, in words."""

    file: str
    what: str
    is_current: bool = True

    def __str__(self) -> str:
        return f"{self.file} {self.what}"


def data_files(connection: DuckDBPyConnection) -> list[DataFile]:
    """Every file that a snapshot of the lake needs, those of the current one first."""
    rows = connection.execute(
        f"""
        with files as (
            select table_id, path, path_is_relative, file_size_bytes, end_snapshot
            from {CATALOG}.ducklake_data_file
            union all
            select table_id, path, path_is_relative, file_size_bytes, end_snapshot
            from {CATALOG}.ducklake_delete_file
        )

        select distinct
            schemas.schema_name || '.' || tables.table_name,
            'lake/'
            || if(tables.path_is_relative, schemas.path, '') || tables.path || files.path,
            files.file_size_bytes::bigint,
            files.end_snapshot is null as is_current,
        from files
        inner join {CATALOG}.ducklake_table as tables using (table_id)
        inner join {CATALOG}.ducklake_schema as schemas using (schema_id)
        where files.path_is_relative
        """
    ).fetchall()
    return sorted(map(DataFile._make, rows), key=lambda file: (not file.is_current, file.key))


def damaged_data_files(lake: Lake, connection: DuckDBPyConnection) -> list[Damage]:
    """The data files that are gone, have another size or cannot be read to their end."""
    sizes = lake.objects.sizes("lake/")
    files = data_files(connection)
    whole = [file.key for file in files if sizes.get(file.key) == file.size]
    faults = unreadable(lake, connection, whole)
    return [
        Damage(f"{file.key} (of {file.table})", what, file.is_current)
        for file in files
        if (what := _size_fault(file, sizes.get(file.key)) or faults.get(file.key))
    ]


def _size_fault(file: DataFile, size: int | None) -> str | None:
    if size is None:
        return "is gone"
    return None if size == file.size else f"has {size:,} bytes where {file.size:,} were written"


def vanished(lake: Lake, connection: DuckDBPyConnection) -> list[Vanished]:
    """The landed objects that the lake has rows of and the store no longer has."""
    return vanished_objects(connection, landed_objects(lake.objects, TRADES))


def days_with_nul(connection: DuckDBPyConnection) -> list[date]:
    """The days of accepted trades with a NUL in a text, at which DuckLake's queries break off."""
    texts = [
        name
        for name, kind in connection.execute(
            "select column_name, data_type from duckdb_columns() where database_name = ? "
            "and schema_name = 'core' and table_name = 'trades'",
            [ALIAS],
        ).fetchall()
        if kind == "VARCHAR"
    ]
    rows = connection.execute(
        f"select distinct trade_day from {ALIAS}.core.trades "
        f"where contains(concat_ws('', {', '.join(texts)}), chr(0)) order by trade_day"
    ).fetchall()
    return [day for (day,) in rows]


def damaged_objects(lake: Lake, connection: DuckDBPyConnection) -> list[Damage]:
    """The landed objects that cannot be read to their end, and what to do with each."""
    faults = unreadable(lake, connection, landed_objects(lake.objects, TRADES))
    return [Damage(key, _described(key, fault)) for key, fault in faults.items()]


def _described(key: str, fault: str) -> str:
    if REFUSAL not in fault:
        return f"{fault}: {RESTORE_OBJECT}"
    day = date_of_key(key)
    which = f"--date {day}" if day not in {None, UNKNOWN_DATE} else "--yes"
    return f"holds rows that are no text: `tapewatch run {which}` quarantines them"


def unreadable(lake: Lake, connection: DuckDBPyConnection, keys: Sequence[str]) -> dict[str, str]:
    """Why Parquet files cannot be read to their end, by key; those that can are not in it."""
    faults: dict[str, str] = {}
    for start in range(0, len(keys), READ_AT_ONCE):
        part = keys[start : start + READ_AT_ONCE]
        if _fault(lake, connection, part) is not None:
            each = {key: _fault(lake, connection, [key]) for key in part}
            faults |= {key: fault for key, fault in each.items() if fault is not None}
    return faults


def _fault(lake: Lake, connection: DuckDBPyConnection, keys: Sequence[str]) -> str | None:
    try:
        # every value of every column, because a footer says nothing of the pages
        connection.execute(
            "select bit_xor(hash(file)) from read_parquet(?, union_by_name = true, "
            "hive_partitioning = false) as file",
            [paths_of(lake, keys)],
        ).fetchall()
    except duckdb.Error as error:
        return f"cannot be read ({str(error).splitlines()[0]})"
    return None
