"""The assets of scored trades and accounts."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import dagster as dg
from duckdb import DuckDBPyConnection

from assets.lake.partitions import by_day, daily, whole_range
from assets.lake.previews import table_metadata
from assets.lake.resource import LakeResource, Run, commit_info, run_of
from assets.lake.tables import Table
from assets.market.window import ONE_HOUR, Window, floor
from assets.scoring.account_risk import rate_accounts
from assets.scoring.closed_hours import MESSAGE, score_hours
from assets.scoring.reporting import Reporting, reporting_of
from assets.scoring.tables import ACCOUNT_RISK, TRADE_RISK
from assets.scoring.trade_risk import score_trades
from assets.transform import late_data


@dg.asset(
    key=["scores", "trades"],
    deps=[
        ["alerts", "alerts"],
        ["core", "trades"],
        ["core", "accounts"],
        ["marts", "account_activity_1h"],
        ["features", "bars_1m"],
        ["features", "bars_1s"],
        ["features", "rush_baselines_1m"],
        ["marts", "trade_notionals_1h"],
    ],
    partitions_def=daily,
    backfill_policy=whole_range,
    group_name="score",
    description="Risk of each trade in four parts (volume, behaviour, market impact, compliance), "
    "each 0 to 1 or empty with the reason, with level, patterns, flags and what to do.",
    check_specs=[
        dg.AssetCheckSpec(
            "every_trade_is_scored",
            asset=["scores", "trades"],
            partitions_def=daily,
            description="Each trade of the closed hours has one score.",
        ),
    ],
)
def trade_risk(context: dg.AssetExecutionContext, lake: LakeResource) -> Iterator[Any]:
    run = run_of(context, lake)
    yield from by_day([score_days_of_trades(run)], run.window, trade_risk.key)


@dg.asset(
    key=["scores", "accounts"],
    deps=[
        ["alerts", "alerts"],
        ["core", "accounts"],
        ["marts", "account_activity_1h"],
    ],
    partitions_def=daily,
    backfill_policy=whole_range,
    group_name="score",
    description="Risk of each account and day in four parts (volume, behaviour, velocity, "
    "compliance), its place among the day's accounts, thresholds and limits of its tier as flags.",
    check_specs=[
        dg.AssetCheckSpec(
            "every_account_is_rated",
            asset=["scores", "accounts"],
            partitions_def=daily,
            description="Each account that traded on a day has one row of that day.",
        ),
    ],
)
def account_risk(context: dg.AssetExecutionContext, lake: LakeResource) -> Iterator[Any]:
    run = run_of(context, lake)
    yield from by_day([rate_days_of_accounts(run)], run.window, account_risk.key)


class ClosedHours(dg.Config):
    """Full hours in UTC, without an offset."""

    start_at: str
    end_at: str


@dg.op(
    description="Score the trades of a stream's closed hours.",
    out=dg.Out(dg.Nothing),
    retry_policy=dg.RetryPolicy(max_retries=3, delay=30, backoff=dg.Backoff.EXPONENTIAL),
)
def score_closed_hours(
    context: dg.OpExecutionContext, config: ClosedHours, lake: LakeResource
) -> Iterator[Any]:
    hours = Window(datetime.fromisoformat(config.start_at), datetime.fromisoformat(config.end_at))
    count = score_hours(lake.open(), hours, commit_info(context.run_id))
    for day in hours.days:
        yield dg.AssetMaterialization(
            trade_risk.key,
            partition=str(day),
            metadata={"window": str(hours), "dagster/row_count": count},
        )
    yield dg.Output(None)


@dg.job(
    description="The trades of a stream's closed hours, scored while it goes on; started by the "
    "sensor closed_hours.",
    executor_def=dg.in_process_executor,
)
def stream_scores() -> None:
    score_closed_hours()


@dataclass(frozen=True)
class Scores:
    """One of the two tables: how its rows are replaced, and what proves them complete."""

    table: Table
    time_column: str
    message: str
    score: Callable[[DuckDBPyConnection, Window, Reporting], int]
    check: Callable[[DuckDBPyConnection, Window], dg.AssetCheckResult]


def score_days_of_trades(run: Run) -> dg.MaterializeResult:
    """Replace the scores of the run's trades, and of the later ones that look back on them."""
    return _replace(run, OF_TRADES)


def rate_days_of_accounts(run: Run) -> dg.MaterializeResult:
    """Replace the accounts of the run's days, and of the later ones that look back on them."""
    return _replace(run, OF_ACCOUNTS)


def _replace(run: Run, scores: Scores) -> dg.MaterializeResult:
    lake, window = run.lake, late_data.reopened(run.lake, run.window, run.run_id)
    reporting = reporting_of(lake.settings.root)
    lake.write(
        lambda connection: scores.score(connection, window, reporting),
        tables=(scores.table,),
        message=scores.message,
        commit_info=run.commit_info,
    )
    with lake.connect() as connection:
        shown = table_metadata(lake, connection, scores.table.name, window, scores.time_column)
        check = scores.check(connection, window)
    return dg.MaterializeResult(metadata=shown, check_results=[check])


def every_trade_is_scored(connection: DuckDBPyConnection, window: Window) -> dg.AssetCheckResult:
    """Fail where a trade of the window's closed hours has no score, or more than one."""
    bounds = [floor(at, ONE_HOUR) for at in (window.start_at, window.end_at)]
    counted = "(select count(*) from lake.{} where traded_at >= $1 and traded_at < $2)"
    trades, scores = connection.execute(
        f"select {counted.format('core.trades')}, {counted.format(TRADE_RISK.name)}", bounds
    ).fetchall()[0]
    return dg.AssetCheckResult(
        check_name="every_trade_is_scored",
        passed=trades == scores,
        description=f"{scores:,} scores of {trades:,} trades",
        metadata={"trades": trades, "scores": scores},
    )


def every_account_is_rated(connection: DuckDBPyConnection, window: Window) -> dg.AssetCheckResult:
    """Fail where an account that traded on a day of the window has no row, or two."""
    accounts, rated = connection.execute(
        f"""
        select
            (
                select count(distinct (venue, account_id, trade_day))
                from lake.marts.account_activity_1h where trade_day between $1 and $2
            ),
            (select count(*) from lake.{ACCOUNT_RISK.name} where trade_day between $1 and $2)
        """,
        [window.days[0], window.days[-1]],
    ).fetchall()[0]
    return dg.AssetCheckResult(
        check_name="every_account_is_rated",
        passed=accounts == rated,
        description=f"{rated:,} rows of {accounts:,} accounts and days",
        metadata={"accounts": accounts, "rated": rated},
    )


OF_TRADES = Scores(TRADE_RISK, "traded_at", MESSAGE, score_trades, every_trade_is_scored)
OF_ACCOUNTS = Scores(
    ACCOUNT_RISK, "trade_day", "account risk", rate_accounts, every_account_is_rated
)
