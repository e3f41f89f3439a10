"""Objects that have landed since the last look start a run of each day that they hold."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import dagster as dg

from assets.lake.partitions import daily, look_again
from assets.lake.resource import LakeResource
from assets.landing.reader import UNKNOWN_DATE, cursor_with, date_of_key, new_objects
from assets.landing.schema import TRADES
from sensors.run_keys import run_key

# a backlog of years starts in pieces, so that nobody waits for the last day to see the first
DAYS_A_TICK = 31


@dg.sensor(
    job_name="daily_surveillance",
    minimum_interval_seconds=30,
    description="Landed files of any day, however late, start that day's surveillance again; a day "
    "that has not begun waits until it has.",
)
def fresh_files(
    context: dg.SensorEvaluationContext, lake: LakeResource
) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """A run a day with new objects; its key names them, so a repeated tick starts nothing."""
    keys, _ = new_objects(lake.open().objects, TRADES, context.cursor)
    by_day: dict[str, list[str]] = defaultdict(list)
    for key in keys:
        # an object of a stream names no day
        if day := date_of_key(key):
            by_day[day].append(key)
    rejected = by_day.pop(UNKNOWN_DATE, [])
    look_again()
    # a row dated ahead of the clock names a day that is no partition yet: its turn comes
    begun = [day for day in sorted(by_day) if daily.has_partition_key(day)]
    days = begun[:DAYS_A_TICK]
    taken = [key for day in days for key in by_day[day]]
    if not days:
        yield dg.SkipReason(why_nothing(sorted(by_day), len(rejected)))
        return
    for day in days:
        yield dg.RunRequest(run_key=run_key(day, by_day[day]), partition_key=day)
    context.update_cursor(cursor_with(context.cursor, taken))


def why_nothing(ahead: Sequence[str], rejected: int) -> str:
    """Why no day starts: nothing new, or nothing whose day can be judged."""
    reasons = [
        *([f"trades of {', '.join(ahead)} wait for a day that has not begun"] if ahead else []),
        *(
            [f"{rejected} new objects hold rejected rows alone: they are read with the next day"]
            if rejected
            else []
        ),
    ]
    return "; ".join(reasons) or "nothing has landed since the last look"
