"""The lake in one hand: locked for one writer, who reads and writes over one database.

Each connection of its own reads the catalog anew, a tenth of a CPU second; a run makes fifty.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from duckdb import DuckDBPyConnection

from assets.lake.connection import one_thread
from assets.lake.lake import WHOLE_LAKE, Lake
from assets.lake.objects.object_store import ObjectStore
from assets.lake.tables import Table


@dataclass(frozen=True)
class LockedLake(Lake):
    """A lake whose lock its maker holds; every connection to it is a cursor of one database."""

    store: ObjectStore = field(compare=False)
    database: DuckDBPyConnection = field(compare=False)
    made: set[str] = field(default_factory=set[str], compare=False)
    """Names of tables that are there: nobody else can drop them."""

    @property
    def objects(self) -> ObjectStore:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.store

    @contextmanager
    def reader(self) -> Iterator[DuckDBPyConnection]:
        with self.database.cursor() as connection:
            yield connection

    @contextmanager
    def connect(
        self, *, read_only: bool = True, must_exist: bool = False, snapshot: int | None = None
    ) -> Iterator[DuckDBPyConnection]:
        if snapshot is None:
            with self.reader() as connection:
                yield connection
            return
        # the present lake is attached under the name that the past one needs
        with Lake(self.settings).connect(snapshot=snapshot) as connection:
            yield connection

    @contextmanager
    def lock(
        self, tables: Sequence[str] = (WHOLE_LAKE,), *, append: bool = False
    ) -> Iterator[None]:
        yield

    def create_missing(self, connection: DuckDBPyConnection, tables: Sequence[Table]) -> None:
        unknown = [table for table in tables if table.name not in self.made]
        if unknown:
            super().create_missing(connection, unknown)
            self.made.update(table.name for table in unknown)


@contextmanager
def locked(lake: Lake) -> Iterator[LockedLake]:
    """Lock the lake for a run over few rows: its readers do not wait, other writers do."""
    with lake.lock(), lake.connect(read_only=False) as database:
        one_thread(database)
        yield LockedLake(lake.settings, lake.objects, database)
