"""Jobs and the cron lines that start them."""

import dagster as dg

from orchestration.stages import STAGES
from orchestration.window import ONE_DAY

surveillance = dg.define_asset_job(
    "daily_surveillance",
    selection=dg.AssetSelection.groups(*STAGES[1:]),
    description="One UTC day (or a range of days) from landed objects to the risk report.",
    executor_def=dg.in_process_executor,
)

land_inbox = dg.define_asset_job(
    "land_inbox",
    selection=dg.AssetSelection.groups(STAGES[0]),
    description="Land the files that lie in the inbox, or those that the run's config names.",
    executor_def=dg.in_process_executor,
)

maintain_lake = dg.define_asset_job(
    "maintain_lake",
    selection=dg.AssetSelection.groups("maintain"),
    description="Merge small files, expire snapshots that no open alert cites, delete orphans.",
    executor_def=dg.in_process_executor,
)


@dg.schedule(
    job=surveillance,
    # a quarter past midnight: venues publish late trades for some minutes after the day's end
    cron_schedule="15 0 * * *",
    execution_timezone="UTC",
    description="The risk report of the day that has just ended.",
)
def daily_risk_report(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """Dagster's own daily schedule would ask for the newest partition: the day that begins."""
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
