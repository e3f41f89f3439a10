"""Freshness by day, not by the clock of the last run: which days should be there and are not."""

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, timedelta

import dagster as dg

from assets.delivery.asset import messages_were_taken
from assets.lake.resource import LakeResource
from assets.landing.reader import landed_dates
from assets.landing.schema import TRADES
from assets.landing.streams import stream_days
from assets.landing.venues.asset import exchange_trades
from assets.market.window import ONE_DAY
from assets.publishing.asset import daily_report

NAME = "days_are_fresh"
# venues publish late trades for some minutes after the day's end, and a run takes its time
DUE_AFTER = timedelta(hours=1)


def last_due_day(now: datetime) -> date:
    """The last day that should be there: it ended an hour ago or earlier."""
    return (now - DUE_AFTER - ONE_DAY).date()


def result(wanted: Collection[date], made: Collection[str]) -> dg.AssetCheckResult:
    """Whether each wanted day has been made; the description names those that were not."""
    missing = sorted(str(day) for day in wanted if str(day) not in made)
    shown = ", ".join(missing[-5:])
    return dg.AssetCheckResult(
        check_name=NAME,
        passed=not missing,
        description=f"{len(missing)} of {len(wanted)} days are missing, the last: {shown}"
        if missing
        else f"{len(wanted)} days are there",
    )


@dg.asset_check(
    asset=daily_report.key,
    name=NAME,
    description="Each day of which trades have landed has its report an hour after its end.",
)
def reports_are_fresh(
    context: dg.AssetCheckExecutionContext, lake: LakeResource
) -> dg.AssetCheckResult:
    """Compare the landed days with those that have a report."""
    opened = lake.open()
    streamed = {day for days in stream_days(opened).values() for day in days}
    due = last_due_day(_now())
    landed = {day for day in {*landed_dates(opened.objects, TRADES), *streamed} if day <= due}
    return result(landed, context.instance.get_materialized_partitions(daily_report.key))


def pulls_are_fresh(asset: dg.AssetsDefinition) -> dg.AssetChecksDefinition:
    """The check of a venue: its last day is pulled, whether or not it had trades."""

    @dg.asset_check(
        asset=asset.key,
        name=NAME,
        description="The day that ended an hour ago or earlier is pulled.",
    )
    def last_day_is_pulled(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        made = context.instance.get_materialized_partitions(asset.key)
        return result([last_due_day(_now())], made)

    return last_day_is_pulled


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


FRESHNESS: Sequence[dg.AssetChecksDefinition] = [
    reports_are_fresh,
    messages_were_taken,
    *map(pulls_are_fresh, exchange_trades),
]

check_freshness = dg.define_asset_job(
    "check_freshness",
    selection=dg.AssetSelection.checks(*FRESHNESS),
    description="Which landed days have no report, which venues' last day is not pulled, which "
    "messages were not taken.",
    executor_def=dg.in_process_executor,
)

freshness_every_hour = dg.ScheduleDefinition(
    name="freshness_every_hour",
    job=check_freshness,
    cron_schedule="20 * * * *",
    execution_timezone="UTC",
)
