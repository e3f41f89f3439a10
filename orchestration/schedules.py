"""Jobs and the cron lines that start them."""

from collections.abc import Iterator

import dagster as dg

from assets.jobs import (
    land_inbox,
    maintain_lake,
    pull_exchange_trades,
    simulate_market,
    surveillance,
)
from assets.landing.venues.asset import exchange_trades
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
    return _of_day_that_ended(context)


@dg.schedule(
    job=pull_exchange_trades,
    # five minutes past midnight, while the venue's own 24 hours are still those of the day
    cron_schedule="5 0 * * *",
    execution_timezone="UTC",
    description="The day that has just ended, from each venue in a run of its own.",
)
def pull_every_day(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest]:
    """A venue that fails or is slow holds no other one up."""
    ended = _day_that_ended(context)
    for asset in exchange_trades:
        venue = asset.key.path[-1]
        yield dg.RunRequest(
            run_key=f"{venue}/{ended}", partition_key=ended, asset_selection=[asset.key]
        )


@dg.schedule(
    job=simulate_market,
    cron_schedule="5 0 * * *",
    execution_timezone="UTC",
    description="The day that has just ended, of the simulated market.",
)
def simulate_every_day(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """A market to try the system on that goes on day by day."""
    return _of_day_that_ended(context)


def _of_day_that_ended(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    ended = _day_that_ended(context)
    return dg.RunRequest(run_key=ended, partition_key=ended)


def _day_that_ended(context: dg.ScheduleEvaluationContext) -> str:
    return (context.scheduled_execution_time - ONE_DAY).date().isoformat()


inbox_every_hour = dg.ScheduleDefinition(
    name="inbox_every_hour", job=land_inbox, cron_schedule="5 * * * *", execution_timezone="UTC"
)

nightly_maintenance = dg.ScheduleDefinition(
    name="nightly_maintenance",
    job=maintain_lake,
    cron_schedule="30 2 * * *",
    execution_timezone="UTC",
)

# a job without an asset is none: without listed markets nothing is pulled
PULLS = ((pull_exchange_trades,), (pull_every_day,)) if exchange_trades else ((), ())
JOBS = (surveillance, land_inbox, simulate_market, maintain_lake, *PULLS[0])
SCHEDULES = (
    daily_risk_report, inbox_every_hour, nightly_maintenance, simulate_every_day, *PULLS[1]
)  # fmt: skip
