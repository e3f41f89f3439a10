"""The asset of `scores.symbol_risk`: the risk of each symbol and day."""

import dagster as dg

from assets.lake.partitions import daily, whole_range
from assets.lake.previews import table_metadata
from assets.lake.resource import LakeResource, Run, run_of
from assets.risk.late_data import reranked
from assets.risk.symbol_risk import risk_of, save_risk
from assets.risk.tables import SYMBOL_RISK


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
