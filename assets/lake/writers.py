"""How new rows come into a table: in place of the rows that may be there, or behind all of them.

Who writes a window chooses once, and passes the writer to all that write of it.
"""

from collections.abc import Callable, Sequence
from itertools import chain, repeat
from typing import Any, Protocol, TypeVar

from duckdb import DuckDBPyConnection

Result = TypeVar("Result")


class Writer(Protocol):
    """What is done about earlier rows before new ones are inserted."""

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
    """Earlier rows may be there: they are looked for, and deleted."""

    def existing(
        self, connection: DuckDBPyConnection, query: str, values: Sequence[Any] = ()
    ) -> list[tuple[Any, ...]]:
        return connection.execute(query, values).fetchall()

    def clear(
        self, connection: DuckDBPyConnection, deletion: str, values: Sequence[Any] = ()
    ) -> None:
        connection.execute(deletion, values)


class Append:
    """No run has begun to write of this window or a later one: nothing is looked for.

    In the lake each look opens files.
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

    Of a commit that failed only the answer may be lost: a replay may find its own rows.
    """
    writers = chain([writer], repeat(REPLACE))
    return lambda connection: work(connection, next(writers))
