"""A partition is a UTC day, from the first landed one on; one run may cover many of them."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache

import dagster as dg
import duckdb

from assets.lake import LakeError
from assets.lake.lake import Lake
from assets.lake.landed_days import first_landed_day
from assets.lake.lock import CatalogError
from assets.lake.objects.object_store import ObjectStoreError
from assets.lake.settings import load_settings
from assets.market.window import Window

Result = dg.MaterializeResult | dg.AssetCheckResult
# no trade of a coin is older; what is dated before is no partition
FIRST_DAY = date(2010, 1, 1)


class LandedDays(dg.DailyPartitionsDefinition):
    """The UTC days from the first landed one to today; all of them before any has landed.

    The Dagster UI shows the days that its code server found when it was loaded: where an earlier
    day lands, it runs at once, and is shown when the definitions are loaded again.
    """

    @property
    def start(self) -> datetime:  # pyright: ignore[reportIncompatibleVariableOverride]
        return datetime.combine(first_day(), time.min, UTC)

    @property
    def start_timestamp(self) -> float:
        return self.start.timestamp()


@cache
def first_day() -> date:
    """The first partition, as of the last look."""
    try:
        return max(FIRST_DAY, first_landed_day(Lake(load_settings())) or FIRST_DAY)
    except (ObjectStoreError, LakeError, CatalogError, duckdb.Error):
        # the definitions load without the store: the first run over it says what is wrong with it
        return FIRST_DAY


def look_again() -> None:
    """Look for the first landed day anew: after something has landed."""
    first_day.cache_clear()


# today counts too: its closed cells can be judged before it is over
daily = LandedDays(start_date=FIRST_DAY.isoformat(), timezone="UTC", end_offset=1)

# a backfill of many days is one run: one dbt build and one look-back instead of one per day
whole_range = dg.BackfillPolicy.single_run()


def by_day(
    results: Iterable[Result], window: Window, key: dg.AssetKey
) -> Iterator[Result | dg.AssetCheckEvaluation]:
    """The results of a run, and what its checks found as the finding of each of several days.

    Of a run over one day Dagster itself notes the day. `key` is the asset of results without one.
    """
    for result in results:
        yield result
        if len(window.days) > 1:
            yield from evaluations(result, window, key)


def evaluations(
    result: Result, window: Window, key: dg.AssetKey
) -> Iterator[dg.AssetCheckEvaluation]:
    """What the checks of a result found over a window, as the finding of each of its days."""
    checks = [result] if isinstance(result, dg.AssetCheckResult) else result.check_results
    for check in checks or ():
        for day in window.days:
            yield dg.AssetCheckEvaluation(
                asset_key=check.asset_key or result.asset_key or key,
                check_name=check.check_name or "",
                passed=check.passed,
                metadata=check.metadata or {},
                severity=check.severity,
                description=check.description,
                partition=str(day),
            )


def window_of(context: dg.AssetExecutionContext | dg.OpExecutionContext) -> Window:
    """The window of the run's partition or range of partitions, in naive UTC."""
    span = context.partition_time_window
    return Window(
        span.start.replace(tzinfo=None) - (span.start.utcoffset() or timedelta()),
        span.end.replace(tzinfo=None) - (span.end.utcoffset() or timedelta()),
    )
