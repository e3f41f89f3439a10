"""Events go out to people by themselves: after each run, and from a stream."""

from collections.abc import Iterator

import dagster as dg

from assets.delivery.breach_events import breach_source
from assets.delivery.incident_events import incident_source
from assets.delivery.outbox import Outbox
from assets.delivery.routes import FILE, routes_of
from assets.delivery.sending import Passed, deliver
from assets.jobs import FRESHNESS
from assets.lake.lake import Lake
from assets.lake.lock import LockTimeoutError
from assets.lake.resource import LakeResource
from assets.lake.settings import load_settings
from assets.landing.venues.asset import exchange_trades
from sensors.failed_runs import failed_runs
from sensors.ready_reports import ready_reports
from sensors.silent_feeds import silent_feeds
from sensors.silent_stream import silent_stream
from sensors.status import running_if


@dg.sensor(
    minimum_interval_seconds=30,
    # who names a receiver wants to hear
    default_status=running_if((load_settings().root / FILE).is_file()),
    description="Reports, severe incidents, failed runs, silent feeds and breaches go out by the "
    "routes of delivery.toml; what a receiver did not take is sent again.",
)
def deliveries(context: dg.SensorEvaluationContext, lake: LakeResource) -> Iterator[dg.SkipReason]:
    """Send what is new since the last look, and again what is due; starts no run."""
    try:
        passed = deliver_all(lake.open(), context.instance)
    except LockTimeoutError as error:
        yield dg.SkipReason(str(error))
        return
    for problem in passed.problems:
        context.log.warning(problem)
    yield dg.SkipReason(str(passed))


def deliver_all(lake: Lake, instance: dg.DagsterInstance) -> Passed:
    """Look at every source and send what is due; nothing is looked at without a route."""
    routes = routes_of(lake.settings.root)
    if not routes:
        return Passed()
    ui = lake.settings.dagster_url.rstrip("/")
    venues = [asset.key.path[-1] for asset in exchange_trades]
    sources = [
        incident_source(lake),
        breach_source(lake),
        ready_reports(instance, lake),
        failed_runs(instance, ui),
        silent_feeds(instance, venues, FRESHNESS.name, ui),
    ]
    if lake.settings.kafka_bootstrap:
        sources.append(silent_stream(lake, ui))
    return deliver(Outbox.of(lake.settings), routes, sources)
