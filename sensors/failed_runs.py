"""Failed runs of any job, as events.

Not Dagster's own `run_failure_sensor`: that one goes on behind a run whose message failed.
"""

from datetime import UTC, datetime, timedelta
from functools import partial

import dagster as dg

from assets.delivery.events import Event, Found, Source

# runs that failed earlier than that before the first look are history, not news
NEWS = timedelta(days=1)
AT_ONCE = 100
LONGEST_REASON = 1_000


def failed_runs(instance: dg.DagsterInstance, ui: str) -> Source:
    """The failures that an instance has recorded; `ui` is the address of its pages."""
    return Source("failed runs", partial(look, instance, ui))


def look(instance: dg.DagsterInstance, ui: str, cursor: str | None) -> Found:
    """The failures behind a cursor, in the order in which they were recorded."""
    after = int(cursor) if cursor else start(instance)
    which = dg.RunStatusChangeRecordsFilter(dg.DagsterEventType.RUN_FAILURE, after_storage_id=after)
    records = instance.fetch_run_status_changes(which, limit=AT_ONCE, ascending=True).records
    last = max((record.storage_id for record in records), default=after)
    return Found([event_of(instance, ui, record) for record in records], str(last))


def start(instance: dg.DagsterInstance) -> int:
    """Behind what is history."""
    before = (datetime.now(UTC) - NEWS).timestamp()
    which = dg.RunStatusChangeRecordsFilter(
        dg.DagsterEventType.RUN_FAILURE, before_timestamp=before
    )
    found = instance.fetch_run_status_changes(which, limit=1).records
    return found[0].storage_id if found else -1


def event_of(instance: dg.DagsterInstance, ui: str, record: dg.EventLogRecord) -> Event:
    """A failed run, with the error of its first failed step."""
    entry = record.event_log_entry
    run = instance.get_run_by_id(entry.run_id)
    partition = run.tags.get("dagster/partition") if run else None
    job = entry.job_name or "a job"
    return Event(
        kind="failed_run",
        subject=entry.run_id,
        revision="failed",
        title=f"{job}{f' of {partition}' if partition else ''} failed",
        text=f"run {entry.run_id}: {reason(instance, entry)}"[:LONGEST_REASON],
        link=f"{ui}/runs/{entry.run_id}",
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
