"""The asset of `scores.symbol_risk`: the risk of each symbol and day."""

import dagster as dg

from assets.lake.partitions import daily, whole_range, window_of
from assets.lake.previews import table_metadata
from assets.lake.resource import LakeResource, commit_info
from assets.risk.late_data import reranked
from assets.risk.symbol_risk import risk_of, save_risk
from assets.risk.tables import SYMBOL_RISK


@dg.asset(
    key=["scores", "symbol_risk"],
    deps=[["alerts", "alerts"], ["marts", "symbol_days"], ["marts", "data_quality_days"]],
    partitions_def=daily,
    backfill_policy=whole_range,
    group_name="score",
    description="Risk of each symbol and day in five parts (market, liquidity, integrity, abuse, "
    "data quality), each 0 to 1 or empty with the reason; the total never hides them.",
)
def symbol_risk(context: dg.AssetExecutionContext, lake: LakeResource) -> dg.MaterializeResult:
    opened = lake.open()
    window = reranked(opened, window_of(context))
    opened.revise(
        lambda connection: risk_of(connection, window),
        lambda connection, rows: save_risk(connection, window, rows),
        tables=(SYMBOL_RISK,),
        message="symbol risk",
        commit_info=commit_info(context),
    )
    with opened.connect() as connection:
        shown = table_metadata(opened, connection, SYMBOL_RISK.name, window, "trade_day")
    return dg.MaterializeResult(metadata=shown)
