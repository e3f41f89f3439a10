"""Listed markets that bring nothing, as events: the failed checks of the venues' pulls."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

import dagster as dg
from dagster._core.storage.asset_check_execution_record import (
    AssetCheckExecutionRecord,
    AssetCheckExecutionRecordStatus,
)

from assets.delivery.events import Event, Found, Source
from assets.landing.venues.asset import BROUGHT, PREFIX

# what failed earlier than that before the first look is history, not news
NEWS = timedelta(days=1)
# An evaluation is recorded when its run is planned and completed when it ends, so a look begins
# before the end of the last one; what was found twice has one key.
OVERLAP = timedelta(hours=1)
PAGE = 50
FAILED = {AssetCheckExecutionRecordStatus.FAILED}


def silent_feeds(
    instance: dg.DagsterInstance, venues: Sequence[str], fresh: str, ui: str
) -> Source:
    """Of each venue: markets without a trade on a day, and days that were not pulled (`fresh`)."""
    keys = [
        dg.AssetCheckKey(dg.AssetKey([*PREFIX, venue]), name)
        for venue in venues
        for name in (BROUGHT, fresh)
    ]
    return Source("silent feeds", partial(look, instance, keys, ui))


def look(
    instance: dg.DagsterInstance, keys: Sequence[dg.AssetCheckKey], ui: str, cursor: str | None
) -> Found:
    """The evaluations that failed since an hour before the last look."""
    now = datetime.now(UTC)
    since = datetime.fromisoformat(cursor) - OVERLAP if cursor else now - NEWS
    events = [
        event_of(key, record, ui)
        for key in keys
        for record in failures(instance, key, since.timestamp())
    ]
    return Found(events, now.isoformat())


def failures(
    instance: dg.DagsterInstance, key: dg.AssetCheckKey, since: float
) -> Iterator[AssetCheckExecutionRecord]:
    """The failed evaluations of a check since a time, the newest first."""
    before: int | None = None
    while True:
        page = instance.event_log_storage.get_asset_check_execution_history(
            key, limit=PAGE, cursor=before, status=FAILED
        )
        for record in page:
            if record.create_timestamp < since:
                return
            yield record
        if len(page) < PAGE:
            return
        before = page[-1].id


def event_of(key: dg.AssetCheckKey, record: AssetCheckExecutionRecord, ui: str) -> Event:
    """What a venue did not bring; the same for each evaluation that says the same of a day."""
    venue = key.asset_key.path[-1]
    dagster_event = record.event.dagster_event if record.event else None
    said = dagster_event.asset_check_evaluation_data.description if dagster_event else None
    why = said or "a listed market brought nothing"
    day = f" on {record.partition}" if record.partition else ""
    return Event(
        kind="silent_feed",
        subject=f"{venue}/{key.name}/{record.partition or ''}",
        revision=why,
        title=f"silent feed: {venue}{day}",
        text=f"{venue}{day}: {why}.",
        link=f"{ui}/assets/{'/'.join(key.asset_key.path)}",
        venues=(venue,),
    )
