"""A failed run of any job reaches a person, once on each channel.

Not Dagster's own `run_failure_sensor`: that one goes on behind a run whose notification failed.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import dagster as dg

from assets.lake.settings import load_settings
from sensors.notifications import Notification, channels
from sensors.outbox import Outbox, Placed, deliver, summary
from sensors.status import running_if

# runs that failed earlier than that before a channel's first look are history, not news
NEWS = timedelta(days=1)
LONGEST_REASON = 1_000


@dg.sensor(
    minimum_interval_seconds=30,
    # who names a receiver wants to hear
    default_status=running_if(load_settings().notifies),
    description="Failed runs go to the log, the webhook and Slack, with the reason; what a "
    "receiver did not take is sent again.",
)
def run_failures(context: dg.SensorEvaluationContext) -> Iterator[dg.SkipReason]:
    """Send what failed since the last look, and again what was not taken; starts no run."""
    before = Outbox.model_validate_json(context.cursor) if context.cursor else Outbox()
    instance = context.instance
    outbox, sent, problems = deliver(
        before,
        channels(load_settings(), context.log),
        lambda: start(instance),
        lambda position, limit: new_after(instance, position, limit),
        lambda positions: at(instance, positions),
    )
    for problem in problems:
        context.log.warning(problem)
    if outbox != before:
        context.update_cursor(outbox.model_dump_json())
    yield dg.SkipReason(summary(outbox, sent, problems))


def start(instance: dg.DagsterInstance) -> int:
    """Behind what is history."""
    before = (datetime.now(UTC) - NEWS).timestamp()
    found = instance.fetch_run_status_changes(_failures(before_timestamp=before), limit=1).records
    return found[0].storage_id if found else -1


def new_after(instance: dg.DagsterInstance, position: int, limit: int) -> Placed:
    """Failures behind a position, in the order in which they were recorded."""
    which = _failures(after_storage_id=position)
    records = instance.fetch_run_status_changes(which, limit=limit, ascending=True).records
    return [(record.storage_id, notification(instance, record)) for record in records]


def at(instance: dg.DagsterInstance, positions: Sequence[int]) -> Placed:
    """The failures at some positions, in the order asked for."""
    if not positions:
        return []
    which = _failures(storage_ids=positions)
    records = instance.fetch_run_status_changes(which, limit=len(positions)).records
    found = {record.storage_id: record for record in records}
    return [(one, notification(instance, found[one])) for one in positions if one in found]


def _failures(
    *,
    after_storage_id: int | None = None,
    before_timestamp: float | None = None,
    storage_ids: Sequence[int] | None = None,
) -> dg.RunStatusChangeRecordsFilter:
    return dg.RunStatusChangeRecordsFilter(
        event_type=dg.DagsterEventType.RUN_FAILURE,
        after_storage_id=after_storage_id,
        before_timestamp=before_timestamp,
        storage_ids=storage_ids,
    )


def notification(instance: dg.DagsterInstance, record: dg.EventLogRecord) -> Notification:
    """A failed run as a person reads of it, with the error of its first failed step."""
    entry = record.event_log_entry
    run = instance.get_run_by_id(entry.run_id)
    partition = run.tags.get("dagster/partition") if run else None
    job = entry.job_name or "a job"
    return Notification(
        id=f"run/{entry.run_id}",
        kind="run_failure",
        severity="high",
        title=f"{job}{f' of {partition}' if partition else ''} failed",
        text=f"run {entry.run_id}: {reason(instance, entry)}"[:LONGEST_REASON],
        facts={"run_id": entry.run_id, "job": job, "partition": partition},
    )


def reason(instance: dg.DagsterInstance, entry: dg.EventLogEntry) -> str:
    """The innermost error of the first failed step, or the run's own if it had none."""
    failed = instance.get_records_for_run(
        entry.run_id, of_type=dg.DagsterEventType.STEP_FAILURE, limit=1
    ).records
    for record in failed:
        event = record.event_log_entry.dagster_event
        error = event.step_failure_data.error if event else None
        while error is not None and error.cause is not None:
            error = error.cause
        if event and error:
            return f"{(event.step_key or '').replace('__', '/')}: {error.message.strip()}"
    return entry.dagster_event.message or "" if entry.dagster_event else entry.message
