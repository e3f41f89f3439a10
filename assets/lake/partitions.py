"""A partition is a UTC day; one run may cover many of them."""

from datetime import timedelta

import dagster as dg

from assets.market.window import Window

FIRST_DAY = "2010-01-01"

# today counts too: its closed cells can be judged before it is over
daily = dg.DailyPartitionsDefinition(start_date=FIRST_DAY, timezone="UTC", end_offset=1)

# a backfill of many days is one run: one dbt build and one look-back instead of one per day
whole_range = dg.BackfillPolicy.single_run()


def window_of(context: dg.AssetExecutionContext | dg.OpExecutionContext) -> Window:
    """The window of the run's partition or range of partitions, in naive UTC."""
    span = context.partition_time_window
    return Window(
        span.start.replace(tzinfo=None) - (span.start.utcoffset() or timedelta()),
        span.end.replace(tzinfo=None) - (span.end.utcoffset() or timedelta()),
    )
