"""Hours of the Kafka stream that have closed have their trades scored."""

from collections.abc import Iterator

import dagster as dg

from assets.lake import NoLakeError
from assets.lake.lake import Lake
from assets.lake.resource import LakeResource
from assets.lake.settings import load_settings
from assets.market.window import Window
from assets.scoring.asset import stream_scores
from assets.scoring.closed_hours import closed_hour, unscored_hours
from sensors.status import running_if
from sensors.stream_plan import LATE_REACH


@dg.sensor(
    job=stream_scores,
    minimum_interval_seconds=60,
    # who names a broker wants to hear of its trades
    default_status=running_if(load_settings().kafka_bootstrap),
    description="The trades of an hour are scored when those that come late have come.",
)
def closed_hours(
    context: dg.SensorEvaluationContext, lake: LakeResource
) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """An hour is asked for once; where its run fails, the next hour's takes it too."""
    try:
        hour, hours = look(lake.open(), context.cursor)
    except NoLakeError as error:
        yield dg.SkipReason(str(error))
        return
    if hour is not None:
        context.update_cursor(hour)
    if hours is None:
        yield dg.SkipReason(
            "no hour has closed since the last look" if hour is None else f"no trade before {hour}"
        )
        return
    bounds = {"start_at": hours.start_at.isoformat(), "end_at": hours.end_at.isoformat()}
    yield dg.RunRequest(
        run_key=f"{hours.start_at.isoformat()}/{hours.end_at.isoformat()}",
        run_config={"ops": {"score_closed_hours": {"config": bounds}}},
    )


def look(lake: Lake, seen: str | None) -> tuple[str | None, Window | None]:
    """The end of the last closed hour if it was not seen before, and the hours to score."""
    with lake.connect() as connection:
        closed = closed_hour(connection, LATE_REACH)
        if closed is None or closed.end_at.isoformat() <= (seen or ""):
            return None, None
        return closed.end_at.isoformat(), unscored_hours(connection, closed)
