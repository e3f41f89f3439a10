"""Routes that read what was scored, and which reports there are."""

from collections.abc import Callable, Hashable
from datetime import date
from typing import Annotated, Literal

from duckdb import DuckDBPyConnection
from fastapi import APIRouter, Depends, Query

from assets.lake.tables import Table
from assets.publishing.report_files import report_path, report_url, reported_days
from assets.scoring.reading import WantedTrades, rated_accounts, scored_trades
from assets.scoring.tables import ACCOUNT_RISK, TRADE_RISK
from orchestration.api.access import Needs, admitted
from orchestration.api.answers import AccountRisk, Report, TradeRisk
from orchestration.api.problems import silent_lake
from orchestration.api.reading import Limit, Row, Text
from orchestration.api.shared_lake import SharedLake
from orchestration.api.unchanged import unless_unchanged

Level = Literal["LOW", "MEDIUM", "HIGH", "CRITICAL"]
Board = Literal["risk", "alerts", "volume"]


def routes_of_scores(lake: SharedLake, needs: Needs) -> APIRouter:
    """The routes, each for callers that may read."""
    router = APIRouter(dependencies=[Depends(needs("read"))])
    unchanged = [Depends(unless_unchanged(lake, admitted))]

    @router.get("/trades", response_model=list[TradeRisk], dependencies=unchanged)
    def trades(
        day: Annotated[date | None, Query(description="UTC; default: the last one.")] = None,
        symbol: Text | None = None,
        account: Text | None = None,
        level: Level | None = None,
        pattern: Text | None = None,
        limit: Limit = 100,
    ) -> list[Row]:
        """The scored trades of a day, of the highest scores first."""
        wanted = WantedTrades(day, symbol, account, level, pattern)
        key = ("trades", wanted, limit)
        return _once(
            lake, key, TRADE_RISK, lambda connection: scored_trades(connection, wanted, limit)
        )

    @router.get("/accounts", response_model=list[AccountRisk], dependencies=unchanged)
    def accounts(
        day: Annotated[date | None, Query(description="UTC; default: the last one.")] = None,
        sort: Board = "risk",
        limit: Limit = 100,
    ) -> list[Row]:
        """The accounts that traded on a day."""
        key = ("accounts", day, sort, limit)
        return _once(
            lake, key, ACCOUNT_RISK, lambda connection: rated_accounts(connection, day, sort, limit)
        )

    @router.get("/reports", response_model=list[Report])
    def reports() -> list[Row]:
        """The days that have a report, the newest first, and where a browser finds each."""
        return [
            {"day": day, "url": report_url(lake, report_path(lake, day))}
            for day in reversed(reported_days(lake))
        ]

    return router


def _once(
    lake: SharedLake, key: Hashable, table: Table, read: Callable[[DuckDBPyConnection], list[Row]]
) -> list[Row]:
    """Rows of a table, read at most once a minute: to order a day of millions takes seconds."""
    _, found = lake.once(
        key, lambda _, connection: read(connection), tables=[table.name], seconds=60
    )
    if found is None:
        raise silent_lake()
    return found
