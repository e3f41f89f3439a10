"""The lake: DuckLake over the object store. Every write goes through here, under its lock."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import duckdb
from duckdb import DuckDBPyConnection

from assets.lake import NoLakeError, home
from assets.lake.connection import (
    ALIAS,
    TRUSTING,
    configure,
    literal,
    one_thread,
    use_password,
)
from assets.lake.lock import advisory_lock, file_lock
from assets.lake.objects.object_store import ObjectStore, object_store
from assets.lake.settings import Settings
from assets.lake.tables import Table, create_table, missing_tables

# maintenance and dbt touch many tables: they lock this name, which every writer locks too, shared
# or exclusively
WHOLE_LAKE = "*"
COMMIT_ATTEMPTS = 5
Result = TypeVar("Result")


@dataclass(frozen=True)
class Lake:
    """Tables with snapshots; readers never wait and never tear, writers take turns."""

    settings: Settings

    @cached_property
    def objects(self) -> ObjectStore:
        """The object store of landed objects and of the lake's data files."""
        return object_store(self.settings)

    def configure(self, connection: DuckDBPyConnection) -> None:
        """Prepare any connection that will attach the lake."""
        configure(connection, self.settings)

    def require(self) -> None:
        """NoLakeError where there is no embedded lake; what only reads makes no folder for one."""
        if self.settings.catalog is None:
            home.refuse_unusable(self.settings, must_exist=True)

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

        A writer creates the lake, unless it `must_exist`; a reader never does.
        """
        catalog = self.settings.catalog
        must_exist |= read_only
        if catalog is None:
            home.refuse_unusable(self.settings, must_exist=must_exist)
            self.settings.root.mkdir(parents=True, exist_ok=True)
            address = f"ducklake:sqlite:{self.settings.catalog_file}"
        else:
            address = f"ducklake:postgres:{use_password(connection, catalog)}"
        options = [f"data_path {literal(self.objects.path('lake/'))}"]
        if catalog is None:
            options.append(f"meta_busy_timeout {int(self.settings.lock_timeout_seconds * 1000)}")
        if catalog is None and not read_only and snapshot is None:
            # without WAL a reader's transaction blocks a writer until it ends; the file stores the
            # mode
            options.append("meta_journal_mode 'WAL'")
        if snapshot is not None:
            options.append(f"snapshot_version {int(snapshot)}")
        elif read_only:
            options.append("read_only")
        elif must_exist:
            options.append("create_if_not_exists false")
        statement = f"attach {literal(address)} as {alias} ({', '.join(options)})"
        try:
            connection.execute(statement)
            return
        except duckdb.Error as error:
            refusal = str(error)
            is_absent = catalog is not None and must_exist and "does not exist" in refusal
            if not is_absent and home.REFUSAL not in refusal:
                raise
        if is_absent:
            raise NoLakeError(
                "the catalog's database has no lake yet: the first `tapewatch run` creates it"
            )
        if catalog is not None:
            raise home.moved_home_error(refusal, self.objects.path("lake/"))
        home.follow_moved_home(connection, self.settings.catalog_file, self.objects.path("lake/"))
        connection.execute(statement)

    @contextmanager
    def connect(
        self, *, read_only: bool = True, must_exist: bool = False, snapshot: int | None = None
    ) -> Iterator[DuckDBPyConnection]:
        """A connection of its own with the lake attached as `lake`; closed at the end."""
        if read_only or must_exist:
            self.require()
        with self.reader() as connection:
            self.attach(connection, read_only=read_only, must_exist=must_exist, snapshot=snapshot)
            yield connection

    @property
    def identity(self) -> tuple[float, ...]:
        """Changes when the embedded catalog is recreated, which a connection to the old one misses.

        Empty without a catalog, and for a catalog on a server, whose connections fail by
        themselves.
        """
        if self.settings.catalog is not None or not self.settings.catalog_file.exists():
            return ()
        rebuilt = self.settings.rebuilt_file
        # the inode number alone is not enough: a file system reuses it
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
        """Acquire the write lock: shared for appends on PostgreSQL, else exclusive.

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
            self.create_missing(connection, tables)
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
        """Read one snapshot, and replace in `tables` the rows derived from it, under one lock.

        Nobody writes to `tables` between the read and the write, so of two overlapping runs the one
        that read the later snapshot writes last. Missing tables are created first.
        """
        names = [table.name for table in tables]
        with self.lock(names), self.connect(read_only=False) as connection:
            self.create_missing(connection, tables)
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
        """As `write`, on the caller's connection; the caller must own the lock."""
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
        """Create the missing tables; LakeError if another version created the lake."""
        with self.lock(), self.connect(read_only=False) as connection:
            one_thread(connection)
            self.create_missing(connection, tables)

    def create_missing(self, connection: DuckDBPyConnection, tables: Sequence[Table]) -> None:
        """What `create` does, on a connection of the caller, who holds the lock."""
        missing = missing_tables(connection, tables)
        looked = iter([missing])

        def work(connection: DuckDBPyConnection) -> None:
            # another process may have created some of them since a lost commit
            for table in next(looked, None) or missing_tables(connection, tables):
                create_table(connection, table)

        if missing:
            self.commit(connection, work, message="create tables", commit_info={})

    def snapshot_id(self, connection: DuckDBPyConnection) -> int:
        """The snapshot that this connection's next query reads."""
        return connection.sql(f"select id from {ALIAS}.current_snapshot()").fetchall()[0][0]
