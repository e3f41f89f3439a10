"""A stream's latest trades that name an account, for what looks back on minutes of them.

What looks back on hours reads the lake, and nothing where nobody was named in all that time: a
stream's trades are small objects in the lake, and most venues name nobody.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from duckdb import DuckDBPyConnection

from assets.lake.connection import ALIAS
from assets.market.window import ONE_HOUR, Window, floor
from assets.stream.in_memory import IN_MEMORY, WITH_OLDER
from assets.transform.compiled_models import Model

NAME = "named_trades"
# who led a rise of half an hour is looked up each minute
SPAN = timedelta(minutes=40)
# how far back a feature of accounts looks
REACH = timedelta(hours=26)
_TABLE = f"{IN_MEMORY}.core.{NAME}"
_VIEW = f"{WITH_OLDER}.core.{NAME}"
# as dbt compiles it
_TRADES = '"lake"."core"."trades"'


@dataclass(frozen=True)
class NamedTrades:
    """Which trades that name an account are in memory, and when the last one was."""

    model: Model
    """The columns and the condition."""
    since: datetime
    """From when on they are in memory."""
    last_at: datetime | None
    """When the last was, or the end of its hour; None where nobody was named within `REACH`."""

    def may_have_rows(self, model: Model, window: Window) -> bool:
        """Whether a model that a window computes can have rows, by the trades that it reads."""
        if NAME not in model.parents:
            return True
        return self.last_at is not None and self.last_at >= window.start_at - REACH

    def reading(self, sql: str) -> str:
        """A compiled model's SQL, reading them in memory and older ones from the lake."""
        return sql.replace(self.model.sql.strip(), f"select * from {_VIEW}")


def load(connection: DuckDBPyConnection, model: Model, end_at: datetime) -> NamedTrades:
    """Read those up to the end of the last window into memory, where schemas `core` are made."""
    since = end_at - SPAN
    connection.execute(
        f"create or replace table {_TABLE} as from ({model.sql}) where traded_at >= '{since}'"
    )
    # hours that have closed are counted, the trades of this one are not yet
    rows = connection.execute(
        f"""
        select max(cell_end_at) from {ALIAS}.features.account_trades_1h where cell_end_at >= $reach
        union all
        select max(traded_at) from ({model.sql}) where traded_at >= $hour
        """,
        {"reach": end_at - REACH, "hour": floor(end_at, ONE_HOUR)},
    ).fetchall()
    named = NamedTrades(model, since, max((at for (at,) in rows if at is not None), default=None))
    _join(connection, named)
    return named


def add(connection: DuckDBPyConnection, named: NamedTrades) -> NamedTrades:
    """Add those of a window's own trades, which are in memory."""
    own = named.model.sql.replace(_TRADES, f"{IN_MEMORY}.core.trades")
    ((count,),) = connection.execute(f"insert into {_TABLE} {own}").fetchall()
    if not count:
        return named
    ((last_at,),) = connection.execute(f"select max(traded_at) from {_TABLE}").fetchall()
    return replace(named, last_at=last_at)


def trim(connection: DuckDBPyConnection, named: NamedTrades, end_at: datetime) -> NamedTrades:
    """Drop what no window reaches any more, when it is much."""
    if end_at - named.since <= 1.25 * SPAN:
        return named
    trimmed = replace(named, since=end_at - SPAN)
    connection.execute(
        f"create or replace table {_TABLE} as from {_TABLE} where traded_at >= '{trimmed.since}'"
    )
    _join(connection, trimmed)
    return trimmed


def _join(connection: DuckDBPyConnection, named: NamedTrades) -> None:
    connection.execute(
        f"create or replace view {_VIEW} as from {_TABLE} "
        f"union all from ({named.model.sql}) where traded_at < '{named.since}'"
    )
