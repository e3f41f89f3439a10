"""The tables that the Evidence site reads, in memory."""

from collections.abc import Iterator

import duckdb
import pytest
from duckdb import DuckDBPyConnection

from assets.lake.lake import Lake
from assets.lake.settings import Settings
from assets.tables import every_table

READ_BY_SITE = ("marts", "alerts", "scores")


@pytest.fixture
def marts(settings: Settings) -> Iterator[DuckDBPyConnection]:
    """The tables that the site may read, empty; a query of any other fails."""
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as lake")
        for schema in READ_BY_SITE:
            connection.execute(f"create schema lake.{schema}")
        for table in every_table(Lake(settings)):
            if table.name.startswith(READ_BY_SITE):
                connection.execute(f"create table lake.{table.name} ({', '.join(table.columns)})")
        yield connection
