"""Scored trades and accounts as a person or a program asks for them."""

from dataclasses import dataclass
from datetime import date

from duckdb import DuckDBPyConnection

from assets.lake import LakeError
from assets.lake.tables import Table, columns_of, refuse_other_versions
from assets.scoring.tables import ACCOUNT_RISK, TRADE_RISK
from reports.queries import Row, rows

CONDITIONS = {
    "symbol": "lower(symbol) = lower($symbol)",
    "account": "$account in (buyer_account_id, seller_account_id)",
    "level": "level = upper($level)",
    "pattern": "list_contains(triggered_patterns, lower($pattern))",
}
"""Of each field of `WantedTrades` but the day, which trades have it."""
BOARDS = {
    "risk": "rank",
    "alerts": "alert_count desc, former_alert_count desc, rank",
    "volume": "notional_usd desc nulls last, rank",
}
"""Orders of a day's accounts; each ends with the rank, which orders all of them."""


@dataclass(frozen=True)
class WantedTrades:
    """Which scored trades are asked for; None asks for all. Names are in any case."""

    day: date | None = None
    """The last scored one where it is None."""
    symbol: str | None = None
    account: str | None = None
    level: str | None = None
    pattern: str | None = None


def scored_trades(connection: DuckDBPyConnection, wanted: WantedTrades, limit: int) -> list[Row]:
    """The trades of a day, of the highest scores first, with every column of `scores.trades`."""
    chosen = {name: value for name in CONDITIONS if (value := getattr(wanted, name)) is not None}
    condition = " and ".join(["trade_day = $day", *(CONDITIONS[name] for name in chosen)])
    day = _day(connection, TRADE_RISK, wanted.day)
    return rows(
        connection,
        f"from lake.{TRADE_RISK.name} where {condition} "
        "order by score desc nulls last, notional_usd desc nulls last, traded_at, venue, "
        "symbol, trade_id limit $limit",
        {"day": day, "limit": limit, **chosen},
    )


def rated_accounts(
    connection: DuckDBPyConnection, day: date | None, board: str, limit: int
) -> list[Row]:
    """The accounts of a day (None: the last one) by one of `BOARDS`, with every column."""
    return rows(
        connection,
        f"from lake.{ACCOUNT_RISK.name} where trade_day = ? order by {BOARDS[board]} limit ?",
        [_day(connection, ACCOUNT_RISK, day), limit],
    )


def accounts_of_day(connection: DuckDBPyConnection, day: date) -> list[Row]:
    """Every account that traded on a UTC day, by rank."""
    return rows(
        connection, f"from lake.{ACCOUNT_RISK.name} where trade_day = ? order by rank", [day]
    )


def _day(connection: DuckDBPyConnection, table: Table, day: date | None) -> date | None:
    """The day, or the last one of the table; LakeError where no run has scored anything."""
    refuse_other_versions(connection, [table])
    if table.name not in columns_of(connection):
        raise LakeError(
            f"the lake has no {table.name} yet: `tapewatch run --date <day> --from features` "
            "scores a day that landed"
        )
    if day is not None:
        return day
    return connection.execute(f"select max(trade_day) from lake.{table.name}").fetchall()[0][0]
