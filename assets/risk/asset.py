"""The assets of risk: of returns, of symbols and days, and risk events."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import dagster as dg
from duckdb import DuckDBPyConnection

from assets.lake.insert import insert_rows
from assets.lake.partitions import daily, whole_range
from assets.lake.previews import table_metadata
from assets.lake.resource import LakeResource, Run, run_of
from assets.lake.tables import Table
from assets.market.window import Window
from assets.risk.late_data import remeasured, reranked
from assets.risk.limits import limits_of
from assets.risk.return_shapes import shapes_of
from assets.risk.risk_events import risk_events_of
from assets.risk.symbol_risk import risk_of, save_risk
from assets.risk.tables import (
    RETURN_SHAPES,
    RISK_EVENTS,
    RISK_MEASURES,
    SYMBOL_RISK,
    VALUE_AT_RISK,
    VAR_BACKTESTS,
)
from assets.risk.value_at_risk import forecasts_of

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
