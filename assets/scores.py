"""What the model says of each five minutes, and the risk of each symbol and day."""

import dagster as dg

from assets import reopening
from assets.models import keep_scores, scores_of
from assets.previews import table_metadata
from assets.risk import keep_risk, risk_of
from orchestration.partitions import daily, whole_range, window_of
from orchestration.resources import LakeResource, commit_info
from orchestration.tables import ANOMALY, SYMBOL_RISK


@dg.asset(
    key=["scores", "anomaly_5m"],
    deps=[["features", "anomaly_inputs_5m"]],
    partitions_def=daily,
    backfill_policy=whole_range,
    group_name="detect",
    kinds={"pyod"},
    description="How odd each five minutes are against the symbol's own two weeks before: score, "
    "conformal p-value and what each feature adds. Where the past is too short, the reason.",
)
def anomaly_scores(context: dg.AssetExecutionContext, lake: LakeResource) -> dg.MaterializeResult:
    opened = lake.open()
    window = reopening.reopened(opened, window_of(context), context.run.run_id)
    rows = opened.revise(
        lambda connection: scores_of(connection, window, opened.objects),
        lambda connection, rows: keep_scores(connection, window, rows),
        tables=(ANOMALY.name,),
        message="anomaly scores",
        commit_info=commit_info(context),
    )
    with opened.connect() as connection:
        shown = table_metadata(opened, connection, ANOMALY.name, window, "cell_start_at")
    models = sorted({str(row["model_id"]) for row in rows if row["model_id"]})
    return dg.MaterializeResult(
        metadata=shown
        | {
            "scored": sum(row["score"] is not None for row in rows),
            "models": dg.MetadataValue.md("\n".join(f"- `{model}`" for model in models) or "none"),
        }
    )


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
    window = reopening.reranked(opened, window_of(context))
    opened.revise(
        lambda connection: risk_of(connection, window),
        lambda connection, rows: keep_risk(connection, window, rows),
        tables=(SYMBOL_RISK.name,),
        message="symbol risk",
        commit_info=commit_info(context),
    )
    with opened.connect() as connection:
        shown = table_metadata(opened, connection, SYMBOL_RISK.name, window, "trade_day")
    return dg.MaterializeResult(metadata=shown)
