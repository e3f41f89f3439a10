"""The assets of risk: of returns, of symbols and days, of trades, of accounts, and risk events."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import dagster as dg
from duckdb import DuckDBPyConnection

from assets.lake.insert import insert_rows
from assets.lake.partitions import by_day, daily, whole_range
from assets.lake.previews import table_metadata
from assets.lake.resource import LakeResource, Run, run_of
from assets.lake.tables import Table
from assets.market.window import ONE_HOUR, Window, floor
from assets.risk.account_risk import rate_accounts
from assets.risk.late_data import remeasured, reranked
from assets.risk.limits import limits_of
from assets.risk.reporting import reporting_of
from assets.risk.return_shapes import shapes_of
from assets.risk.risk_events import risk_events_of
from assets.risk.symbol_risk import risk_of, save_risk
from assets.risk.tables import (
    ACCOUNT_RISK,
    RETURN_SHAPES,
    RISK_EVENTS,
    RISK_MEASURES,
    SYMBOL_RISK,
    TRADE_RISK,
    VALUE_AT_RISK,
    VAR_BACKTESTS,
)
from assets.risk.trade_risk import score_trades
from assets.risk.value_at_risk import forecasts_of
from assets.transform import late_data

Rows = Mapping[Table, Sequence[Any]]


@dg.multi_asset(
    name="risk_measures",
    specs=[
        dg.AssetSpec(
            table.name.split("."),
            deps=[
                dg.AssetKey(["features", "bars_1h"]),
                *([dg.AssetKey(["marts", "symbol_days"])] if table is RETURN_SHAPES else []),
            ],
            group_name="score",
            description=table.meaning,
            kinds={"scipy"},
        )
        for table in RISK_MEASURES
    ],
    partitions_def=daily,
    backfill_policy=whole_range,
)
def risk_measures(
    context: dg.AssetExecutionContext, lake: LakeResource
) -> Iterator[dg.MaterializeResult]:
    yield from measure_risk_of_days(run_of(context, lake))


def measure_risk_of_days(run: Run) -> Iterator[dg.MaterializeResult]:
    """Replace what the run's days, and all later ones, measure of returns."""
    window = remeasured(run.lake, run.window)

    def read(connection: DuckDBPyConnection) -> Rows:
        forecasts = forecasts_of(connection, window)
        return {
            VALUE_AT_RISK: forecasts.values_at_risk,
            VAR_BACKTESTS: forecasts.back_tests,
            RETURN_SHAPES: shapes_of(connection, window),
        }

    run.lake.revise(
        read,
        lambda connection, rows: _replace(connection, window, rows),
        tables=RISK_MEASURES,
        message="risk measures",
        commit_info=run.commit_info,
    )
    with run.lake.connect() as connection:
        for table in RISK_MEASURES:
            shown = table_metadata(run.lake, connection, table.name, window, "trade_day")
            yield dg.MaterializeResult(asset_key=table.name.split("."), metadata=shown)


@dg.asset(
    key=["scores", "symbol_risk"],
    deps=[
        ["alerts", "alerts"],
        ["marts", "symbol_days"],
        ["marts", "market_risk_days"],
        ["marts", "liquidity_days"],
        ["marts", "data_quality_days"],
    ],
    partitions_def=daily,
    backfill_policy=whole_range,
    group_name="score",
    description="Risk of each symbol and day in five parts (market, liquidity, integrity, abuse, "
    "data quality), each 0 to 1 or empty with the reason, and a total with its certainty.",
)
def symbol_risk(context: dg.AssetExecutionContext, lake: LakeResource) -> dg.MaterializeResult:
    return rate_days(run_of(context, lake))


def rate_days(run: Run) -> dg.MaterializeResult:
    """Replace the risk of the run's days, and of the later ones that rank them in their past."""
    window = reranked(run.lake, run.window)
    run.lake.revise(
        lambda connection: risk_of(connection, window),
        lambda connection, rows: save_risk(connection, window, rows),
        tables=(SYMBOL_RISK,),
        message="symbol risk",
        commit_info=run.commit_info,
    )
    with run.lake.connect() as connection:
        shown = table_metadata(run.lake, connection, SYMBOL_RISK.name, window, "trade_day")
    return dg.MaterializeResult(metadata=shown)


@dg.asset(
    key=["scores", "risk_events"],
    deps=[
        ["features", "price_rolling_1m"],
        ["marts", "symbol_days"],
        ["marts", "market_risk_days"],
        ["marts", "data_quality_days"],
        *(table.name.split(".") for table in (VALUE_AT_RISK, RETURN_SHAPES, SYMBOL_RISK)),
    ],
    partitions_def=daily,
    backfill_policy=whole_range,
    group_name="score",
    description="Episodes of unusual volatility, LOW to EXTREME by z-score, and each limit of "
    "limits.toml that a symbol's day passed.",
)
def risk_events(context: dg.AssetExecutionContext, lake: LakeResource) -> dg.MaterializeResult:
    return find_events_of_days(run_of(context, lake))


def find_events_of_days(run: Run) -> dg.MaterializeResult:
    """Replace the risk events of the run's days, and of all later ones."""
    window, limits = remeasured(run.lake, run.window), limits_of(run.lake.settings.root)
    found = run.lake.revise(
        lambda connection: risk_events_of(connection, window, limits),
        lambda connection, events: _replace(connection, window, {RISK_EVENTS: events}),
        tables=(RISK_EVENTS,),
        message="risk events",
        commit_info=run.commit_info,
    )
    with run.lake.connect() as connection:
        shown = table_metadata(run.lake, connection, RISK_EVENTS.name, window, "trade_day")
    breaches = [event.sentence for event in found if event.kind == "limit_breach"]
    return dg.MaterializeResult(
        metadata=shown
        | {"limits": len(limits), "breaches": dg.MetadataValue.md("\n".join(breaches) or "none")}
    )


def _replace(connection: DuckDBPyConnection, window: Window, rows: Rows) -> None:
    """Replace the rows of the window's days."""
    for table, made in rows.items():
        connection.execute(
            f"delete from lake.{table.name} where trade_day between ? and ?",
            [window.days[0], window.days[-1]],
        )
        insert_rows(connection, table.name, made)


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


def score_days_of_trades(run: Run) -> dg.MaterializeResult:
    """Replace the scores of the run's trades, and of the later ones that look back on them."""
    lake, window = run.lake, late_data.reopened(run.lake, run.window, run.run_id)
    reporting = reporting_of(lake.settings.root)
    lake.write(
        lambda connection: score_trades(connection, window, reporting),
        tables=(TRADE_RISK,),
        message="trade risk",
        commit_info=run.commit_info,
    )
    with lake.connect() as connection:
        shown = table_metadata(lake, connection, TRADE_RISK.name, window, "traded_at")
        check = every_trade_is_scored(connection, window)
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


def rate_days_of_accounts(run: Run) -> dg.MaterializeResult:
    """Replace the accounts of the run's days, and of the later ones that look back on them."""
    lake, window = run.lake, late_data.reopened(run.lake, run.window, run.run_id)
    reporting = reporting_of(lake.settings.root)
    lake.write(
        lambda connection: rate_accounts(connection, window, reporting),
        tables=(ACCOUNT_RISK,),
        message="account risk",
        commit_info=run.commit_info,
    )
    with lake.connect() as connection:
        shown = table_metadata(lake, connection, ACCOUNT_RISK.name, window, "trade_day")
        check = every_account_is_rated(connection, window)
    return dg.MaterializeResult(metadata=shown, check_results=[check])


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
