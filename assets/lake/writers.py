"""How new rows are written: they replace the earlier rows of the window, or are only appended.

The caller that writes a window chooses the writer once and passes it to every step.
"""

from collections.abc import Callable, Sequence
from itertools import chain, repeat
from typing import Any, Protocol, TypeVar

from duckdb import DuckDBPyConnection

Result = TypeVar("Result")


class Writer(Protocol):
    """Finds and deletes earlier rows before new ones are inserted."""

    def existing(
        self, connection: DuckDBPyConnection, query: str, values: Sequence[Any] = ()
    ) -> list[tuple[Any, ...]]:
        """The earlier rows that a query finds."""
        ...

    def clear(
        self, connection: DuckDBPyConnection, deletion: str, values: Sequence[Any] = ()
    ) -> None:
        """Delete the earlier rows by an SQL statement."""
        ...


class Replace:
    """Earlier rows may exist: they are looked up and deleted."""

    def existing(
        self, connection: DuckDBPyConnection, query: str, values: Sequence[Any] = ()
    ) -> list[tuple[Any, ...]]:
        return connection.execute(query, values).fetchall()

    def clear(
        self, connection: DuckDBPyConnection, deletion: str, values: Sequence[Any] = ()
    ) -> None:
        connection.execute(deletion, values)


class Append:
    """No run has begun to write this window or a later one: nothing is looked up.

    In the lake each lookup opens files.
    """

    def existing(
        self, connection: DuckDBPyConnection, query: str, values: Sequence[Any] = ()
    ) -> list[tuple[Any, ...]]:
        return []

    def clear(
        self, connection: DuckDBPyConnection, deletion: str, values: Sequence[Any] = ()
    ) -> None:
        pass


REPLACE, APPEND = Replace(), Append()


def replacing_on_replay(
    writer: Writer, work: Callable[[DuckDBPyConnection, Writer], Result]
) -> Callable[[DuckDBPyConnection], Result]:
    """`work` as `Lake.commit` calls it: first with the writer, each replay replaces.

    A commit that failed may have lost only its answer: a replay may find its own rows.
    """
    writers = chain([writer], repeat(REPLACE))
    return lambda connection: work(connection, next(writers))
