"""The lake: DuckLake over the object store. Every write goes through here, under its lock."""

import importlib.resources
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar, get_args, get_origin, get_type_hints

import duckdb
from duckdb import DuckDBPyConnection, DuckDBPyRelation
from pydantic import SecretStr

from assets.lake.lock import advisory_lock, file_lock
from assets.lake.objects.object_store import ObjectStore, object_store
from assets.lake.settings import Settings
from assets.market.window import Window

EXTENSIONS = ("ducklake", "sqlite_scanner", "postgres_scanner", "httpfs")
ALIAS = "lake"
# maintenance and dbt touch many tables: they hold this name, which every writer shares or owns
WHOLE_LAKE = "*"
COMMIT_ATTEMPTS = 5
# of extensions pip has checked the hash: DuckDB's own check reads each of them whole again, which
# costs a third of a CPU second a connection
TRUSTING: dict[str, bool | int | float | str | list[str]] = {"allow_unsigned_extensions": "true"}

Result = TypeVar("Result")


class LakeError(Exception):
    """The lake cannot be opened or does not hold what was asked for."""


class NoLakeError(LakeError):
    """There is nothing yet: the first run makes it."""


SQL_TYPES = {
    str: "varchar",
    int: "bigint",
    float: "double",
    bool: "boolean",
    datetime: "timestamp",
    date: "date",
}


@dataclass(frozen=True)
class Table:
    """A table as `Lake` creates it: `name` is schema.table, `columns` a list of SQL definitions."""

    name: str
    columns: tuple[str, ...]
    partitioned_by: str | None = None
    sorted_by: str | None = None

    @classmethod
    def of(cls, name: str, row: type, *, partitioned_by: str | None = None) -> Self:
        """The table whose rows are instances of a dataclass, its fields the columns in order.

        `Annotated[int, "integer"]` asks for that SQL type instead of the usual one.
        """
        hints = get_type_hints(row, include_extras=True)
        columns = tuple(f"{field.name} {_sql_type(hints[field.name])}" for field in fields(row))
        return cls(name, columns, partitioned_by)

    @property
    def column_names(self) -> list[str]:
        """The columns' names, in order."""
        return [column.split()[0] for column in self.columns]


def _sql_type(hint: Any) -> str:
    """The SQL type of a field: that of what it holds where it is not None."""
    if get_origin(hint) is Annotated:
        return str(get_args(hint)[1])
    if get_origin(hint) is Literal:
        return SQL_TYPES[type(get_args(hint)[0])]
    held = [kind for kind in get_args(hint) if kind is not type(None)]
    return _sql_type(held[0]) if held else SQL_TYPES[hint]


def one_thread(connection: DuckDBPyConnection) -> None:
    """For statements over few rows: two threads spend more on waiting for each other."""
    connection.execute("set threads = 1")


def load_extensions(connection: DuckDBPyConnection, names: Sequence[str] = EXTENSIONS) -> None:
    """Load DuckDB extensions from the installed wheels, without a network."""
    version = connection.sql("pragma version").fetchall()[0][0]
    for name in names:
        package = importlib.resources.files(f"duckdb_extension_{name}")
        binary = Path(str(package)) / "extensions" / version / f"{name}.duckdb_extension"
        connection.load_extension(str(binary))


@dataclass(frozen=True)
class Lake:
    """Tables with snapshots; readers never wait and never tear, writers take turns."""

    settings: Settings

    @cached_property
    def objects(self) -> ObjectStore:
        """The object store that holds landed objects and the lake's data files."""
        return object_store(self.settings)

    @property
    def _extensions(self) -> list[str]:
        # each costs a tenth of a second a connection: only those that the settings need
        catalog = "sqlite_scanner" if self.settings.catalog is None else "postgres_scanner"
        return ["ducklake", catalog, *(["httpfs"] if self.settings.s3_bucket else [])]

    def configure(self, connection: DuckDBPyConnection) -> None:
        """Limits, extensions and credentials, for any connection that will attach the lake."""
        settings = self.settings
        settings.scratch.mkdir(parents=True, exist_ok=True)
        load_extensions(connection, self._extensions)
        connection.execute(f"set memory_limit = '{settings.memory_limit}'")
        connection.execute(f"set threads = {settings.threads}")
        connection.execute(f"set temp_directory = {literal(str(settings.scratch / 'spill'))}")
        extensions = literal(str(settings.scratch / "extensions"))
        connection.execute(f"set extension_directory = {extensions}")
        connection.execute("set autoinstall_known_extensions = false")
        connection.execute("set autoload_known_extensions = false")
        connection.execute("set preserve_insertion_order = false")
        connection.execute("set ducklake_max_retry_count = 100")
        if settings.s3_bucket:
            self._use_bucket(connection)

    def _use_bucket(self, connection: DuckDBPyConnection) -> None:
        import boto3

        credentials = boto3.Session().get_credentials()
        if credentials is None:
            raise LakeError(
                f"no credentials for bucket {self.settings.s3_bucket!r}: set AWS_ACCESS_KEY_ID and "
                "AWS_SECRET_ACCESS_KEY, or a profile or role of the standard chain"
            )
        frozen = credentials.get_frozen_credentials()
        options = {
            "key_id": frozen.access_key or "",
            "secret": frozen.secret_key or "",
            "session_token": frozen.token or "",
            "region": self.settings.s3_region,
        }
        endpoint = self.settings.s3_endpoint
        if endpoint:
            scheme, _, address = endpoint.partition("://")
            options |= {"endpoint": address, "url_style": "path", "use_ssl": str(scheme == "https")}
        pairs = ", ".join(f"{name} {literal(value)}" for name, value in options.items() if value)
        connection.execute(f"create or replace secret tapewatch (type s3, {pairs})")
        # no object ever changes: what was read of one need not be asked for again
        connection.execute("set validate_external_file_cache = 'NO_VALIDATION'")
        connection.execute("set enable_http_metadata_cache = true")

    def attach(
        self,
        connection: DuckDBPyConnection,
        *,
        alias: str = ALIAS,
        read_only: bool = False,
        must_exist: bool = False,
        snapshot: int | None = None,
    ) -> None:
        """Attach the lake; at an earlier snapshot it is read-only as a whole.

        Who writes makes it, unless it `must_exist`; a reader never does.
        """
        catalog = self.settings.catalog
        must_exist |= read_only
        if catalog is None:
            if must_exist and not self.settings.catalog_file.exists():
                demo = self.settings.demo
                hint = f"; the demo's lake lies in {demo}" if demo.exists() else ""
                raise NoLakeError(
                    f"there is no lake in {self.settings.root} yet: run `tapewatch run --input "
                    "<files>` or `tapewatch demo`, or set TAPEWATCH_HOME to the right folder" + hint
                )
            self.settings.root.mkdir(parents=True, exist_ok=True)
            address = f"ducklake:sqlite:{self.settings.catalog_file}"
        else:
            address = f"ducklake:postgres:{_use_password(connection, catalog)}"
        options = [f"data_path {literal(self.objects.path('lake/'))}"]
        if catalog is None:
            options.append(f"meta_busy_timeout {int(self.settings.lock_timeout_seconds * 1000)}")
        if catalog is None and not read_only and snapshot is None:
            # else a reader's transaction keeps a writer out until it ends; the file remembers it
            options.append("meta_journal_mode 'WAL'")
        if snapshot is not None:
            options.append(f"snapshot_version {int(snapshot)}")
        elif read_only:
            options.append("read_only")
        elif must_exist:
            options.append("create_if_not_exists false")
        try:
            connection.execute(f"attach {literal(address)} as {alias} ({', '.join(options)})")
            return
        except duckdb.InvalidInputException as error:
            if not (catalog and must_exist and "does not exist" in str(error)):
                raise
        raise NoLakeError(
            "the catalog's database holds no lake yet: the first `tapewatch run` makes it"
        )

    @contextmanager
    def connect(
        self, *, read_only: bool = True, must_exist: bool = False, snapshot: int | None = None
    ) -> Iterator[DuckDBPyConnection]:
        """A connection of its own with the lake attached as `lake`; closed at the end."""
        with self.reader() as connection:
            self.attach(connection, read_only=read_only, must_exist=must_exist, snapshot=snapshot)
            yield connection

    @property
    def identity(self) -> tuple[float, ...]:
        """Changes when the embedded catalog is made anew, which a connection to the old one misses.

        Empty where there is none, and with a server's, which says so itself.
        """
        if self.settings.catalog is not None or not self.settings.catalog_file.exists():
            return ()
        rebuilt = self.settings.rebuilt_file
        # of files alone the number would do, but a file system gives one out again
        return (
            self.settings.catalog_file.stat().st_ino,
            rebuilt.stat().st_mtime if rebuilt.exists() else 0.0,
        )

    @contextmanager
    def reader(self) -> Iterator[DuckDBPyConnection]:
        """A connection of its own that can read the store's objects; the lake is not attached."""
        with duckdb.connect(":memory:", config=TRUSTING) as connection:
            self.configure(connection)
            yield connection

    @contextmanager
    def lock(
        self, tables: Sequence[str] = (WHOLE_LAKE,), *, append: bool = False
    ) -> Iterator[None]:
        """Hold the write lock: shared for appends on PostgreSQL, else exclusive.

        With SQLite there is one writer at a time for the whole lake.
        """
        settings = self.settings
        if settings.catalog is None:
            with file_lock(settings.root / "lake.lock", settings.lock_timeout_seconds):
                yield
            return
        catalog, timeout = settings.catalog.get_secret_value(), settings.lock_timeout_seconds
        if WHOLE_LAKE in tables:
            with advisory_lock(catalog, [WHOLE_LAKE], shared=False, timeout_seconds=timeout):
                yield
            return
        with (
            advisory_lock(catalog, [WHOLE_LAKE], shared=True, timeout_seconds=timeout),
            advisory_lock(catalog, tables, shared=append, timeout_seconds=timeout),
        ):
            yield

    def write(
        self,
        work: Callable[[DuckDBPyConnection], Result],
        *,
        tables: Sequence[Table],
        message: str,
        commit_info: dict[str, str],
        append: bool = False,
    ) -> Result:
        """Run `work` in one stamped transaction under the lock; replay it if the commit is lost.

        `work` may be called again, so it must not do anything but write to the connection. Tables
        that are missing are created first.
        """
        names = [table.name for table in tables]
        with self.lock(names, append=append), self.connect(read_only=False) as connection:
            self._create_missing(connection, tables)
            return self.commit(connection, work, message=message, commit_info=commit_info)

    def revise(
        self,
        read: Callable[[DuckDBPyConnection], Result],
        save: Callable[[DuckDBPyConnection, Result], object],
        *,
        tables: Sequence[Table],
        message: str,
        commit_info: dict[str, str],
    ) -> Result:
        """Read one snapshot, and replace in `tables` what follows from it, under one lock.

        Between the two nobody writes to these tables, so of two overlapping runs the one that
        saw more has the last word. Tables that are missing are created first.
        """
        names = [table.name for table in tables]
        with self.lock(names), self.connect(read_only=False) as connection:
            self._create_missing(connection, tables)
            # every query of one transaction sees the same snapshot
            connection.execute("begin")
            try:
                found = read(connection)
            finally:
                connection.execute("rollback")
            self.commit(
                connection,
                lambda connection: save(connection, found),
                message=message,
                commit_info=commit_info,
            )
        return found

    def commit(
        self,
        connection: DuckDBPyConnection,
        work: Callable[[DuckDBPyConnection], Result],
        *,
        message: str,
        commit_info: dict[str, str],
    ) -> Result:
        """What `write` does, on a connection of the caller, who holds the lock."""
        for attempt in range(1, COMMIT_ATTEMPTS + 1):
            connection.execute("begin")
            try:
                result = work(connection)
            except BaseException:
                connection.execute("rollback")
                raise
            connection.execute(
                f"call {ALIAS}.set_commit_message('tapewatch', ?, extra_info => ?)",
                [message, json.dumps(commit_info, sort_keys=True)],
            )
            try:
                connection.execute("commit")
            except duckdb.TransactionException:
                # a failed commit has already ended the transaction
                if attempt == COMMIT_ATTEMPTS:
                    raise
                continue
            return result
        raise AssertionError("unreachable")

    def create(self, tables: Sequence[Table]) -> None:
        """Create the tables that are missing; LakeError where one exists with other columns."""
        with self.lock(), self.connect(read_only=False) as connection:
            self._create_missing(connection, tables)

    def _create_missing(self, connection: DuckDBPyConnection, tables: Sequence[Table]) -> None:
        def work(connection: DuckDBPyConnection) -> None:
            # another process may have created some since the commit that was lost
            for table in missing_tables(connection, tables):
                _create(connection, table)

        if missing_tables(connection, tables):
            self.commit(connection, work, message="create tables", commit_info={})

    def snapshot_id(self, connection: DuckDBPyConnection) -> int:
        """The snapshot that this connection's next query reads."""
        return connection.sql(f"select id from {ALIAS}.current_snapshot()").fetchall()[0][0]

    def read(
        self, connection: DuckDBPyConnection, table: str, window: Window, time_column: str
    ) -> DuckDBPyRelation:
        """The table's rows of a window; there is no way here to read it without one."""
        return connection.table(f"{ALIAS}.{table}").filter(
            f"{time_column} >= timestamp '{window.start_at}' "
            f"and {time_column} < timestamp '{window.end_at}'"
        )


def _use_password(connection: DuckDBPyConnection, catalog: SecretStr) -> str:
    """The catalog's address without its password, which DuckDB keeps for itself from now on.

    Errors repeat an address, and `duckdb_databases()` shows it to anybody who asks the lake.
    """
    from psycopg.conninfo import conninfo_to_dict, make_conninfo

    address = conninfo_to_dict(catalog.get_secret_value())
    password = address.pop("password", None)
    if password is not None:
        connection.execute(
            f"create or replace secret (type postgres, password {literal(str(password))})"
        )
    return make_conninfo("", **address)


def missing_tables(connection: DuckDBPyConnection, tables: Sequence[Table]) -> list[Table]:
    """Those of the tables that the lake lacks; LakeError where it has one with other columns."""
    present = columns_of(connection)
    for table in tables:
        wanted = table.column_names
        if present.get(table.name, wanted) != wanted:
            raise LakeError(
                f"table {table.name} of the lake has the columns {present[table.name]}, this "
                f"version writes {wanted}: rebuild the lake from the landed objects with "
                "`tapewatch rebuild --discard-lake`"
            )
    return [table for table in tables if table.name not in present]


def _create(connection: DuckDBPyConnection, table: Table) -> None:
    schema = table.name.partition(".")[0]
    connection.execute(f"create schema if not exists {ALIAS}.{schema}")
    connection.execute(f"create table {ALIAS}.{table.name} ({', '.join(table.columns)})")
    if table.partitioned_by:
        connection.execute(
            f"alter table {ALIAS}.{table.name} set partitioned by ({table.partitioned_by})"
        )
    if table.sorted_by:
        connection.execute(f"alter table {ALIAS}.{table.name} set sorted by ({table.sorted_by})")


def columns_of(connection: DuckDBPyConnection) -> dict[str, list[str]]:
    """schema.table -> column names, in order, of the attached lake."""
    rows = connection.execute(
        "select schema_name || '.' || table_name, list(column_name order by column_index) "
        "from duckdb_columns() where database_name = ? group by all",
        [ALIAS],
    ).fetchall()
    return dict(rows)


def literal(text: str) -> str:
    """The text as an SQL string literal."""
    return "'" + text.replace("'", "''") + "'"
