"""The lake's maintenance as an asset, so that its figures have a history."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import dagster as dg

from assets.lake.resource import LakeResource
from assets.maintenance.upkeep import maintain

SNAPSHOT_RETENTION = timedelta(days=7)


@dg.asset(
    key=["ops", "maintenance"],
    group_name="maintain",
    description="Small files merged, snapshots older than a week expired unless an open alert "
    "cites them, files that nobody reads deleted.",
)
def maintained_lake(lake: LakeResource) -> dg.MaterializeResult:
    done = maintain(lake.open(), datetime.now(UTC).replace(tzinfo=None) - SNAPSHOT_RETENTION)
    return dg.MaterializeResult(metadata=asdict(done))
