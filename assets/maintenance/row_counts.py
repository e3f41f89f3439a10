"""Count each table's rows three ways, which must agree: DuckLake has doubled and lost rows.

The catalog counts files and deletions, a reader counts rows, and a row's key occurs once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from duckdb import DuckDBPyConnection

from assets.lake.connection import ALIAS
from assets.lake.tables import columns_of

# of a table without one the row ids are counted, which DuckLake gives each row for life
KEYS = {
    "core.trades": ("venue", "symbol", "trade_id", "trade_day"),
    "alerts.alerts": ("alert_id",),
    "alerts.revisions": ("alert_id", "revision"),
    "alerts.incidents": ("incident_id",),
    "alerts.incident_revisions": ("incident_id", "revision"),
    "ops.published_alerts": ("topic", "alert_id", "revision"),
    "marts.symbol_days": ("venue", "symbol", "trade_day"),
}


@dataclass(frozen=True)
class RowCounts:
    """One table's rows: by the catalog, by reading them, and how many have different keys."""

    table: str
    counted: int
    read: int
    distinct: int

    @property
    def agree(self) -> bool:
        return self.counted == self.read == self.distinct

    def __str__(self) -> str:
        return (
            f"{self.table}: the catalog counts {self.counted:,} rows, {self.read:,} can be read, "
            f"with {self.distinct:,} different keys"
        )


def row_counts(connection: DuckDBPyConnection, table: str, key: Sequence[str] = ()) -> RowCounts:
    """Count a table's rows at the connection's snapshot.

    One transaction, so that no commit comes in between; it must not be within another.
    """
    columns = f"({', '.join(key)})" if key else "rowid"
    connection.execute("begin")
    try:
        # alone, `count(*)` is answered from the catalog; with a column the files are read
        (counted,), (read, distinct) = (
            connection.execute(f"select {counts} from {ALIAS}.{table}").fetchall()[0]
            for counts in ("count(*)", f"count(rowid), count(distinct {columns})")
        )
    finally:
        connection.execute("rollback")
    return RowCounts(table, counted, read, distinct)


def disagreeing(connection: DuckDBPyConnection, tables: Iterable[str] = ()) -> list[RowCounts]:
    """Of these tables, or of all, those whose counts disagree."""
    names = sorted(tables or columns_of(connection))
    counts = (row_counts(connection, name, KEYS.get(name, ())) for name in names)
    return [one for one in counts if not one.agree]
