"""The asset of `features.closed_clusters_1d`: accounts that trade in closed circles, day by day."""

import dagster as dg

from assets.clusters.finding import clusters_of, save_clusters
from assets.clusters.tables import CLUSTERS
from assets.lake.partitions import daily, whole_range
from assets.lake.previews import table_metadata
from assets.lake.resource import LakeResource, Run, run_of
from assets.transform import late_data


@dg.asset(
    key=["features", "closed_clusters_1d"],
    deps=[["core", "trades"]],
    partitions_def=daily,
    backfill_policy=whole_range,
    group_name="detect",
    kinds={"scipy"},
    description="Accounts that traded with each other far beyond chance and end the day flat, from "
    "trades that name both accounts; of a market without such trades, that it has none.",
)
def closed_clusters(context: dg.AssetExecutionContext, lake: LakeResource) -> dg.MaterializeResult:
    return cluster_days(run_of(context, lake))


def cluster_days(run: Run) -> dg.MaterializeResult:
    """Replace the clusters of the run's days, and of the later ones that are judged again."""
    opened = run.lake
    window = late_data.reopened(opened, run.window, run.run_id)
    rows = opened.revise(
        lambda connection: clusters_of(connection, window),
        lambda connection, rows: save_clusters(connection, window, rows),
        tables=(CLUSTERS,),
        message="closed clusters",
        commit_info=run.commit_info,
    )
    with opened.connect() as connection:
        shown = table_metadata(opened, connection, CLUSTERS.name, window, "cell_start_at")
    return dg.MaterializeResult(
        metadata=shown | {"clusters": sum(row.account_ids is not None for row in rows)}
    )
