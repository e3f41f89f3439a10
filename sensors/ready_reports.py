"""Reports that runs have written, as events: those of one run in one message."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from functools import partial

import dagster as dg

from assets.delivery.events import Found, Source
from assets.delivery.report_events import report_event
from assets.lake.lake import Lake
from assets.publishing.asset import daily_report

# what was written earlier than that before the first look is history, not news
NEWS = timedelta(days=1)
AT_ONCE = 1_000


def ready_reports(instance: dg.DagsterInstance, lake: Lake) -> Source:
    """The reports that an instance has recorded, with what the lake says of their days."""
    return Source("reports", partial(look, instance, lake))


def look(instance: dg.DagsterInstance, lake: Lake, cursor: str | None) -> Found:
    """The reports behind a cursor."""
    after = int(cursor) if cursor else start(instance)
    which = dg.AssetRecordsFilter(daily_report.key, after_storage_id=after)
    records = instance.fetch_materializations(which, limit=AT_ONCE, ascending=True).records
    days: dict[str, list[date]] = defaultdict(list)
    for record in records:
        if record.partition_key:
            days[record.run_id].append(date.fromisoformat(record.partition_key))
    last = max((record.storage_id for record in records), default=after)
    return Found([report_event(lake, of_run) for of_run in days.values()], str(last))


def start(instance: dg.DagsterInstance) -> int:
    """Behind what is history."""
    before = (datetime.now(UTC) - NEWS).timestamp()
    which = dg.AssetRecordsFilter(daily_report.key, before_timestamp=before)
    found = instance.fetch_materializations(which, limit=1).records
    return found[0].storage_id if found else -1
