"""The databases in memory of a stream: its latest rows, and views of these and the lake's older."""

from duckdb import DuckDBPyConnection

IN_MEMORY = "in_memory"
WITH_OLDER = "with_older"


def attach(connection: DuckDBPyConnection) -> None:
    """Make both, where they are not there."""
    for database in (IN_MEMORY, WITH_OLDER):
        connection.execute(f"attach if not exists ':memory:' as {database}")


def release(connection: DuckDBPyConnection) -> None:
    """Give the memory back."""
    for database in (WITH_OLDER, IN_MEMORY):
        connection.execute(f"detach database if exists {database}")
