"""Copy the lake's catalog into a folder and back: a SQLite file, or PostgreSQL's tables as text.

A copy is of one moment: SQLite copies page by page under its own lock, PostgreSQL reads in one
repeatable-read transaction. Neither DuckDB nor `pg_dump` takes part.
"""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from assets.lake import LakeError
from assets.lake.connection import literal

TABLES = "tables.json"
COLUMNS = """
select attname, format_type(atttypid, atttypmod) from pg_attribute
where attrelid = %s and attnum > 0 and not attisdropped order by attnum
"""
KEYS = "select pg_get_constraintdef(oid) from pg_constraint where conrelid = %s and contype = 'p'"
NAMES = """
select oid, relname from pg_class
where relkind = 'r' and relnamespace = current_schema()::regnamespace
and starts_with(relname, 'ducklake_') order by relname
"""
# each data file and file of deletions of any snapshot: its path below `lake/`, and its size
FILES = """
select distinct schemas.path || tables.path || files.path, files.file_size_bytes
from ({files}) as files
inner join ducklake_table as tables on tables.table_id = files.table_id
inner join ducklake_schema as schemas on schemas.schema_id = tables.schema_id
""".format(
    files=" union all ".join(
        f"select table_id, path, file_size_bytes from {name}"
        for name in ("ducklake_data_file", "ducklake_delete_file")
    )
)
SNAPSHOT = "select max(snapshot_id) from ducklake_snapshot"
Contents = tuple[int, dict[str, int]]
"""The last snapshot of a catalog, and the size of each file that it names."""


def copy_sqlite(source: Path, target: Path) -> None:
    """Copy a SQLite database that may be in use; a file of its own, without a write-ahead log."""
    with (
        closing(sqlite3.connect(f"file:{quote(str(source))}?mode=rw", uri=True)) as read,
        closing(sqlite3.connect(target)) as written,
    ):
        read.backup(written)
        # the first to open it as a lake switches the log on again
        written.execute("pragma journal_mode = delete")


def contents_of_sqlite(catalog: Path) -> Contents:
    """What a catalog that nobody uses says that the lake holds."""
    with closing(sqlite3.connect(catalog)) as read:
        ((snapshot,),) = read.execute(SNAPSHOT).fetchall()
        return snapshot, dict(read.execute(FILES).fetchall())


def follow_objects(catalog: Path, data_path: str) -> None:
    """Let a SQLite catalog that nobody uses name this folder or bucket of data files."""
    with closing(sqlite3.connect(catalog)) as written, written:
        written.execute(
            "update ducklake_metadata set value = ? where key = 'data_path'", [data_path]
        )


def copy_postgres(address: str, folder: Path) -> Contents:
    """Copy the catalog's tables into a new folder; LakeError if the database has none."""
    folder.mkdir()
    tables: dict[str, list[str]] = {}
    with psycopg.connect(address) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        for oid, name in connection.execute(NAMES).fetchall():
            columns = connection.execute(COLUMNS, [oid]).fetchall()
            keys = connection.execute(KEYS, [oid]).fetchall()
            tables[name] = [*(f'"{one}" {kind}' for one, kind in columns), *(k for (k,) in keys)]
            _copy_rows(connection, name, folder)
        if not tables:
            raise LakeError("the catalog's database has no lake, so there is nothing to copy")
        ((snapshot,),) = connection.execute(SNAPSHOT).fetchall()
        files = connection.execute(FILES.encode()).fetchall()
    (folder / TABLES).write_text(json.dumps(tables, indent=1))
    return snapshot, dict(files)


def _copy_rows(connection: psycopg.Connection, name: str, folder: Path) -> None:
    with (
        (folder / name).open("wb") as file,
        connection.cursor() as cursor,
        cursor.copy(sql.SQL("copy {} to stdout").format(sql.Identifier(name))) as rows,
    ):
        for block in rows:
            file.write(block)


def has_tables(address: str) -> bool:
    """Whether a database has a catalog of a lake."""
    with psycopg.connect(address) as connection:
        return bool(connection.execute(NAMES).fetchall())


def restore_postgres(address: str, folder: Path, data_path: str) -> None:
    """Create the tables that were copied, all or none, for data files in this folder or bucket."""
    tables: dict[str, list[str]] = json.loads((folder / TABLES).read_text())
    with psycopg.connect(address) as connection, connection.cursor() as cursor:
        for name, columns in tables.items():
            cursor.execute(f'create table "{name}" ({", ".join(columns)})'.encode())
            with (
                (folder / name).open("rb") as file,
                cursor.copy(sql.SQL("copy {} from stdin").format(sql.Identifier(name))) as rows,
            ):
                while block := file.read(1 << 20):
                    rows.write(block)
        cursor.execute(
            f"update ducklake_metadata set value = {literal(data_path)} "
            "where key = 'data_path'".encode()
        )
