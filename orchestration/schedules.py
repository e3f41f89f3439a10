"""Jobs and the cron lines that start them."""

import dagster as dg

from assets.jobs import land_inbox, maintain_lake, surveillance
from assets.market.window import ONE_DAY


@dg.schedule(
    job=surveillance,
    # a quarter past midnight: venues publish late trades for some minutes after the day's end
    cron_schedule="15 0 * * *",
    execution_timezone="UTC",
    description="The risk report of the day that has just ended.",
)
def daily_risk_report(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """Run yesterday's partition: Dagster's own daily schedule would run the newest, today's."""
    ended = (context.scheduled_execution_time - ONE_DAY).date().isoformat()
    return dg.RunRequest(run_key=ended, partition_key=ended)


inbox_every_hour = dg.ScheduleDefinition(
    name="inbox_every_hour", job=land_inbox, cron_schedule="5 * * * *", execution_timezone="UTC"
)

nightly_maintenance = dg.ScheduleDefinition(
    name="nightly_maintenance",
    job=maintain_lake,
    cron_schedule="30 2 * * *",
    execution_timezone="UTC",
)

JOBS = (surveillance, land_inbox, maintain_lake)
SCHEDULES = (daily_risk_report, inbox_every_hour, nightly_maintenance)
