"""Windows of the Kafka stream that have closed start their runs, one after another.

One window is under way at a time and the next takes all that has closed meanwhile, so a platform
that falls behind works on wider windows instead of more of them.
"""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import dagster as dg

from assets.jobs import surveillance
from assets.lake.lake import Lake
from assets.lake.resource import LakeResource
from assets.lake.settings import load_settings
from assets.landing.kafka.objects import has_successor, kafka_objects
from assets.stream import tags
from assets.stream.job import stream_surveillance
from sensors.run_keys import run_key
from sensors.status import running_if
from sensors.stream_plan import (
    Cursor,
    Plan,
    after_success,
    is_idle,
    slowest,
    with_objects,
    with_plan,
    with_retry,
)

# of each partition: a backlog is looked at in pieces that a look has time for
OBJECTS_A_LOOK = 1_000
# between two looks of a tick, and for how long it goes on looking
LOOK_SECONDS = 0.2
PATIENCE_SECONDS = 5.0
LONGEST_WAIT = timedelta(minutes=5)
# a window of two million trades takes about a minute; one that takes this long is stopped
LONGEST_RUN_SECONDS = 900
FINISHED = (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED)
UNFINISHED = [status for status in dg.DagsterRunStatus if status not in FINISHED]


@dg.sensor(
    jobs=[stream_surveillance, surveillance],
    minimum_interval_seconds=1,
    # who names a broker wants to hear of its trades
    default_status=running_if(load_settings().kafka_bootstrap),
    description="Cells of the stream that have closed are judged, exactly their window; trades "
    "that come later than a quarter of an hour start their day again.",
)
def closed_windows(
    context: dg.SensorEvaluationContext, lake: LakeResource
) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """The window under way must have ended before the next starts; a failed one is repeated.

    A tick waits for what is to come: one that finds nothing costs as much as one that does.
    """
    before = Cursor.model_validate_json(context.cursor) if context.cursor else Cursor()
    opened = lake.open()
    ends_at = time.monotonic() + PATIENCE_SECONDS
    cursor, requests, is_last = before, list[dg.RunRequest](), False
    why = ""
    while not requests and not is_last:
        is_last = time.monotonic() >= ends_at
        cursor, requests, why = look(context.instance, opened, cursor, is_last=is_last)
        # a look at a backlog is long: what it saw is saved before the next
        is_last |= cursor.partitions != before.partitions and time.monotonic() >= ends_at
        if not requests and not is_last:
            time.sleep(LOOK_SECONDS)
    if cursor != before:
        context.update_cursor(cursor.model_dump_json())
    yield from requests
    if not requests:
        yield dg.SkipReason(why)


def look(
    instance: dg.DagsterInstance, lake: Lake, before: Cursor, *, is_last: bool
) -> tuple[Cursor, list[dg.RunRequest], str]:
    """The cursor after a look at the runs and the store, what is to start, or why nothing is.

    Cells close when the slowest partition comes further: all partitions are listed then. What else
    may have happened, as a topic's first object or a stream that falls idle, the last look sees.
    """
    now = datetime.now(UTC)
    cursor = after_run(instance, before, now)
    if isinstance(cursor, str):
        return before, [], cursor
    topic = lake.settings.kafka_topic
    if cursor.plan is None:
        partitions, at = list(cursor.partitions.values()), now.replace(tzinfo=None)
        last = slowest(partitions)
        is_due = is_last or (last is not None and has_successor(lake.objects, last.key))
        if before.plan is None and not is_due:
            return cursor, [], waiting_for(cursor, topic)
        # Behind a run that has ended, what was seen before it may do. It does not prove an idle
        # stream: that none has come meanwhile only the store can tell.
        if is_due or is_idle(partitions, at):
            known = {partition: one.key for partition, one in cursor.partitions.items()}
            new = kafka_objects(lake.objects, topic, known, limit=OBJECTS_A_LOOK)
            cursor = with_objects(cursor, new)
        cursor = with_plan(cursor, at)
    requests = [request_of(cursor.plan)] if cursor.plan else []
    late = [day for day in cursor.late_days if not is_running(instance, day)]
    requests += [request_of_day(day, cursor) for day in late]
    cursor = cursor.model_copy(
        update={"late_days": tuple(day for day in cursor.late_days if day not in late)}
    )
    return cursor, requests, waiting_for(cursor, topic)


def after_run(instance: dg.DagsterInstance, cursor: Cursor, now: datetime) -> Cursor | str:
    """The cursor after a look at the run of its plan, or why there is nothing to do yet."""
    if cursor.plan is None:
        return cursor
    runs = instance.get_runs(dg.RunsFilter(tags={tags.WINDOW: cursor.plan.run_key}), limit=1)
    if not runs:
        # it was never launched, or its record was deleted: ask again
        return cursor
    (run,) = runs
    if run.status not in FINISHED:
        return f"run {run.run_id} of {cursor.plan} is {run.status.value.lower()}"
    if run.is_success or tags.FACTS_COMMITTED in run.tags:
        return after_success(cursor)
    record = instance.get_run_record_by_id(run.run_id)
    ended_at = record.end_time if record else None
    wait = min(timedelta(seconds=2**cursor.plan.attempt), LONGEST_WAIT)
    ended = datetime.fromtimestamp(ended_at or 0, UTC)
    # an end that lies ahead was noted before the clock was set back: nothing waits for it
    if ended <= now < ended + wait:
        return (
            f"run {run.run_id} of {cursor.plan} ended as {run.status.value.lower()}: attempt "
            f"{cursor.plan.attempt + 1} at {ended + wait:%H:%M:%S} UTC"
        )
    return with_retry(cursor)


def request_of(plan: Plan) -> dg.RunRequest:
    """The run of a window."""
    return dg.RunRequest(
        job_name=stream_surveillance.name,
        run_key=plan.run_key,
        tags={tags.WINDOW: plan.run_key, "dagster/max_runtime": str(LONGEST_RUN_SECONDS)},
        run_config=dg.RunConfig(
            ops={
                "watch_window": {
                    "config": {
                        "start_at": plan.start_at.isoformat(),
                        "end_at": plan.end_at.isoformat(),
                        "objects": list(plan.keys),
                    }
                }
            }
        ),
    )


def request_of_day(day: str, cursor: Cursor) -> dg.RunRequest:
    """The run of a day to which trades came too late for a window.

    Known by how far the stream had come: what comes for the day later asks for another run.
    """
    return dg.RunRequest(
        job_name=surveillance.name,
        partition_key=day,
        run_key=run_key(f"late/{day}", (last.key for last in cursor.partitions.values())),
        tags={tags.LATE_DAY: day},
    )


def is_running(instance: dg.DagsterInstance, day: str) -> bool:
    """Whether a late day's run is under way: what came meanwhile needs another one after it."""
    unfinished = dg.RunsFilter(tags={tags.LATE_DAY: day}, statuses=UNFINISHED)
    return bool(instance.get_run_records(unfinished, limit=1))


def waiting_for(cursor: Cursor, topic: str) -> str:
    """Why no window starts."""
    if not cursor.partitions:
        return f"no object of topic {topic} has landed: is `tapewatch land` running?"
    if not cursor.waiting:
        return f"nothing has landed since the window that ended at {cursor.closed_until}"
    reached = ", ".join(f"{n} at {p.traded_at}" for n, p in sorted(cursor.partitions.items()))
    return f"no cell has closed after {cursor.closed_until}; partitions: {reached}"
