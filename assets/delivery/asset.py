"""Whether people were reached, where the Dagster UI shows it."""

import dagster as dg

from assets.delivery.outbox import Outbox
from assets.delivery.routes import routes_of
from assets.jobs import DELIVERY
from assets.lake.resource import LakeResource
from assets.publishing.asset import daily_report

NAMED = 5


@dg.asset_check(
    asset=daily_report.key,
    name=DELIVERY.name,
    description="Every message of delivery.toml's routes was taken; `tapewatch deliveries` lists "
    "them all.",
)
def messages_were_taken(lake: LakeResource) -> dg.AssetCheckResult:
    """Fail where a receiver has refused a message, or waits for a route that is gone."""
    settings = lake.open().settings
    outbox = Outbox.of(settings)
    lost = outbox.unrouted(route.name for route in routes_of(settings.root))
    reasons = [f"{one.route}: {one.title}: {one.error}" for one in outbox.failing()]
    reasons += [f"{one.route} is listed no more: {one.title}" for one in lost]
    further = f"; and {len(reasons) - NAMED} more" if len(reasons) > NAMED else ""
    return dg.AssetCheckResult(
        check_name=DELIVERY.name,
        passed=not reasons,
        description="; ".join(reasons[:NAMED]) + further or None,
    )
