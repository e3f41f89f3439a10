"""A person's SQL over the lake: one statement that reads, answered by DuckDB's own writers."""

import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from threading import Thread
from typing import IO, Any

import duckdb
from duckdb import DuckDBPyConnection, StatementType

from assets.lake import LakeError
from assets.lake.connection import ALIAS, literal
from assets.lake.lake import Lake

OPTIONS = {"csv": "format csv, header", "json": "format json, array", "parquet": "format parquet"}
"""How DuckDB writes each format of a file."""
CHUNK_BYTES = 1 << 20
QUOTE = '"'
# of a function of these extensions only those named below are known to read
OF_CATALOGS = ("ducklake_", "sqlite_", "postgres_")
READING_FUNCTIONS = {
    *("ducklake_scan", "ducklake_snapshots", "ducklake_current_snapshot", "ducklake_list_files"),
    *("ducklake_last_committed_snapshot", "ducklake_options", "ducklake_settings"),
    *("ducklake_table_info", "ducklake_table_changes", "ducklake_table_insertions"),
    *("ducklake_table_deletions", "sqlite_scan", "postgres_scan"),
}


class QueryError(LakeError):
    """The statement is none that reads, or its answer cannot be written there; wrong usage."""


@dataclass(frozen=True)
class Answer:
    """The answer to a statement: its columns, each under a name of its own, and its rows."""

    connection: DuckDBPyConnection
    sql: str
    columns: tuple[str, ...]
    types: tuple[str, ...]

    def texts(self, most: int) -> list[tuple[str | None, ...]]:
        """At most so many rows, each value as DuckDB writes it: no digit is rounded away."""
        values = f"select columns(*)::varchar from ({self.sql}) limit {most:d}"
        return self.connection.execute(values).fetchall()

    def write(self, path: Path, format: str) -> None:
        """Write a file as `OPTIONS` name it, over an earlier one."""
        self.connection.execute(f"copy ({self.sql}) to {literal(str(path))} ({OPTIONS[format]})")

    def send(self, stream: IO[bytes], format: str) -> None:
        """Write the same to a stream, while DuckDB makes it."""
        readable, writable = os.pipe()
        # with the usual 64 kB it takes three times the CPU, but it works; a system may refuse more
        with suppress(AttributeError, PermissionError):
            fcntl.fcntl(writable, fcntl.F_SETPIPE_SZ, CHUNK_BYTES)
        faults: list[duckdb.Error] = []

        def copy() -> None:
            try:
                self.write(Path(f"/dev/fd/{writable}"), format)
            except duckdb.Error as fault:
                faults.append(fault)
            finally:
                os.close(writable)

        writer = Thread(target=copy)
        writer.start()
        try:
            while chunk := os.read(readable, CHUNK_BYTES):
                stream.write(chunk)
        except BaseException:
            # the reader has gone, as `head` does, or a person has stopped it
            self.connection.interrupt()
            raise
        finally:
            os.close(readable)
            writer.join()
        if faults:
            raise faults[0]


@contextmanager
def ask(lake: Lake, sql: str, limit: int | None = None) -> Iterator[Answer]:
    """The answer to one statement over the lake, whose tables are also found without a schema.

    Nothing is changed, whatever the statement says: the lake is attached read-only, and a statement
    or a function that does more than read is refused with a QueryError. DuckDB's own errors are as
    it says them.
    """
    with lake.connect() as connection:
        connection.execute(f"set search_path = {literal(_schemas(connection))}")
        connection.execute("set preserve_insertion_order = true")
        statement = reading_statement(connection, sql)
        relation = connection.sql(statement)
        columns = distinct(relation.columns)
        names = ", ".join(f'"{name.replace(QUOTE, QUOTE * 2)}"' for name in columns)
        # a comment may end the statement
        wrapped = f"select * from (\n{statement}\n) as answer({names})"
        if limit is not None:
            wrapped += f" limit {limit:d}"
        yield Answer(connection, wrapped, columns, tuple(map(str, relation.types)))


def reading_statement(connection: DuckDBPyConnection, sql: str) -> str:
    """The one statement of the text as a SELECT without a semicolon, if it does nothing but read.

    QueryError for any other; DuckDB's own errors are as it says them.
    """
    statements = connection.extract_statements(sql)
    if len(statements) > 1 and not any(one.query for one in statements):
        raise QueryError(
            "this pivot would be run to find its columns: name them, as in "
            "`pivot … on side in ('buyer', 'seller')`"
        )
    if not statements:
        raise QueryError("there is no statement: write one, such as `from marts.symbol_days`")
    if len(statements) > 1:
        raise QueryError(f"a query is one statement, {len(statements)} are given")
    (statement,) = statements
    if statement.type == StatementType.EXPLAIN:
        return _plan(connection, sql)
    if statement.type != StatementType.SELECT:
        raise QueryError(
            f"{statement.type.name} is refused: a query only reads (select, from, with, show, "
            "describe, summarize, explain), and --output FILE writes its answer to a file"
        )
    # a pragma that reads has become a select
    text = _without_semicolon(statement.query)
    refuse_writing_functions(connection, text)
    return text


def _plan(connection: DuckDBPyConnection, sql: str) -> str:
    """The plan of a statement that reads, as a SELECT of DuckDB's text."""
    start = 0
    for position, _ in duckdb.tokenize(sql):
        start = position
        if not sql.encode()[position:].lower().startswith((b"explain", b"analyze")):
            break
    reading_statement(connection, sql.encode()[start:].decode())
    ((name, text),) = connection.execute(sql).fetchall()
    return f"select {literal(name)} as explain_key, {literal(text)} as explain_value"


def refuse_writing_functions(connection: DuckDBPyConnection, sql: str) -> None:
    """QueryError where the statement's plan calls a function that may change the lake.

    Some of DuckLake's delete files before they notice that the lake is read-only.
    """
    plan = connection.execute(f"explain (format json) {sql}").fetchall()[0][1]
    for name in _operators(json.loads(plan)):
        function = name.strip().lower()
        writes = function.startswith(OF_CATALOGS) and function not in READING_FUNCTIONS
        if writes or function.endswith("copy_to_file"):
            raise QueryError(f"{function} is refused: a query only reads the lake")


def _operators(plan: list[Any]) -> Iterator[str]:
    for node in plan:
        yield node["name"]
        yield from _operators(node.get("children", []))


def _without_semicolon(sql: str) -> str:
    """The text up to the semicolons that end it, comments behind them cut off."""
    text = sql.encode()
    # of a comment there is no token
    for position, _ in reversed(duckdb.tokenize(sql)):
        if text[position : position + 1] != b";":
            break
        text = text[:position]
    return text.decode()


def distinct(names: Sequence[str]) -> tuple[str, ...]:
    """The names, a repeated one with a number: close, close_1; case does not tell names apart."""
    given, found = {name.lower() for name in names}, dict[str, str]()
    for name in names:
        one = name
        for place in count(1):
            if one.lower() not in found and (one == name or one.lower() not in given):
                break
            one = f"{name}_{place}"
        found[one.lower()] = one
    return tuple(found.values())


def _schemas(connection: DuckDBPyConnection) -> str:
    rows = connection.execute(
        "select schema_name from duckdb_schemas() where database_name = ? and not internal", [ALIAS]
    ).fetchall()
    return ",".join(f"{ALIAS}.{name}" for (name,) in rows)
