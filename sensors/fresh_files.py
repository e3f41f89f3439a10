"""Objects that no run has read start a run of each day that they hold."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

import dagster as dg
import duckdb

from assets.lake import NoLakeError
from assets.lake.lake import Lake
from assets.lake.partitions import daily, look_again
from assets.lake.resource import LakeResource
from assets.landing.reader import UNKNOWN_DATE, cursor_with, date_of_key, new_objects
from assets.landing.schema import TRADES
from assets.transform.ledger import read_objects
from sensors.run_keys import run_key

# a backlog of years starts in pieces, so that nobody waits for the last day to see the first
DAYS_A_TICK = 31
UNFINISHED = [
    *(dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTING),
    *(dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING),
]
DAY = "dagster/partition"
RANGE = ("dagster/asset_partition_range_start", "dagster/asset_partition_range_end")
# jobs that land or read days that no tag names
OF_ANY_DAY = {"land_inbox", "small_day_surveillance"}


@dg.sensor(
    job_name="daily_surveillance",
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="What lands of any day, however late, starts that day's surveillance; what a run "
    "has read starts nothing. A day waits for its pulls, and until it has begun.",
)
def fresh_files(
    context: dg.SensorEvaluationContext, lake: LakeResource
) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """A run a day with new objects; its key names them, so a repeated tick starts nothing."""
    opened = lake.open()
    new, _ = new_objects(opened.objects, TRADES, context.cursor)
    # an object of a stream names no day: closed_windows starts it, and there are too many to keep
    days_of = {key: day for key in new if (day := date_of_key(key))}
    if not days_of:
        yield dg.SkipReason(why_nothing([], [], 0))
        return
    read = objects_read(opened, days_of)
    by_day: dict[str, list[str]] = defaultdict(list)
    for key, day in days_of.items():
        if key not in read:
            by_day[day].append(key)
    rejected = by_day.pop(UNKNOWN_DATE, [])
    look_again()
    # a row dated ahead of the clock names a day that is no partition yet: its turn comes
    begun = [day for day in sorted(by_day) if daily.has_partition_key(day)]
    under_way = runs_under_way(context.instance)
    busy = [day for day in begun if any(holds(run, day) for run in under_way)]
    days = [day for day in begun if day not in busy][:DAYS_A_TICK]
    taken = [*read, *(key for day in days for key in by_day[day])]
    if not days:
        yield dg.SkipReason(why_nothing(sorted({*by_day} - {*begun}), busy, len(rejected)))
    for day in days:
        yield dg.RunRequest(run_key=run_key(day, by_day[day]), partition_key=day)
    if taken:
        context.update_cursor(cursor_with(context.cursor, taken))


def objects_read(lake: Lake, keys: Collection[str]) -> set[str]:
    """Those of the objects that a run has read; none before the first run has made the ledger."""
    try:
        with lake.connect() as connection:
            return read_objects(connection, keys)
    except (NoLakeError, duckdb.CatalogException):
        return set()


def runs_under_way(instance: dg.DagsterInstance) -> Sequence[dg.DagsterRun]:
    """The runs that are queued or started."""
    return instance.get_runs(dg.RunsFilter(statuses=UNFINISHED))


def holds(run: dg.DagsterRun, day: str) -> bool:
    """Whether a run may still land or read objects of the day."""
    first, last = (run.tags.get(tag, run.tags.get(DAY)) for tag in RANGE)
    if first is not None and last is not None:
        return first <= day <= last
    lands = any(key.path[0] == "landing" for key in run.asset_selection or ())
    return lands or run.job_name in OF_ANY_DAY


def why_nothing(ahead: Sequence[str], busy: Sequence[str], rejected: int) -> str:
    """Why no day starts: nothing new, or nothing whose day can be judged."""
    reasons = [
        *([f"trades of {', '.join(ahead)} wait for a day that has not begun"] if ahead else []),
        *([f"trades of {', '.join(busy)} wait for a run that is under way"] if busy else []),
        *(
            [f"{rejected} new objects hold rejected rows alone: they are read with the next day"]
            if rejected
            else []
        ),
    ]
    return "; ".join(reasons) or "nothing has landed since the last look"
