"""The asset of `scores.anomaly_5m`: how a day's model scores each five minutes."""

import dagster as dg

from assets.anomaly.scoring import save_scores, scores_of
from assets.anomaly.tables import ANOMALY
from assets.lake.partitions import daily, whole_range
from assets.lake.previews import table_metadata
from assets.lake.resource import LakeResource, Run, run_of
from assets.transform import late_data


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
    return score_days(run_of(context, lake))


def score_days(run: Run) -> dg.MaterializeResult:
    """Replace the scores of the run's days, and of the later ones that look back on them."""
    opened = run.lake
    window = late_data.reopened(opened, run.window, run.run_id)
    rows = opened.revise(
        lambda connection: scores_of(connection, window, opened.objects),
        lambda connection, rows: save_scores(connection, window, rows),
        tables=(ANOMALY,),
        message="anomaly scores",
        commit_info=run.commit_info,
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
