"""The lake's maintenance as an asset, so that its figures have a history."""

from dataclasses import asdict

import dagster as dg

from assets.lake.resource import LakeResource
from assets.maintenance.upkeep import maintain

CHECK = "every_row_once"


@dg.asset(
    key=["ops", "maintenance"],
    group_name="maintain",
    description="Small files merged, snapshots older than a week expired unless an open alert or a "
    "case cites them, files that nobody reads deleted.",
    check_specs=[
        dg.AssetCheckSpec(
            CHECK,
            asset=dg.AssetKey(["ops", "maintenance"]),
            description="In each table the catalog's count, the rows that can be read, and their "
            "different keys are the same number.",
        )
    ],
)
def maintained_lake(lake: LakeResource) -> dg.MaterializeResult:
    done = maintain(lake.open())
    figures = asdict(done)
    del figures["disagreeing"]
    return dg.MaterializeResult(
        metadata=figures,
        check_results=[
            dg.AssetCheckResult(
                passed=not done.disagreeing,
                check_name=CHECK,
                description="; ".join(done.disagreeing) or None,
            )
        ],
    )
