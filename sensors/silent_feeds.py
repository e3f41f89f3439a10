"""Listed markets that bring nothing, as events: the failed checks of the venues' pulls."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

import dagster as dg

from assets.delivery.events import Event, Found, Source
from assets.landing.venues.asset import BROUGHT, PREFIX

# An evaluation is recorded when its run is planned, and completed when it ends: each look begins a
# day before the end of the last one. What was found twice has one key.
REACH = timedelta(days=1)
PAGE = 50


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
    """The evaluations that failed since a day before the last look, or before the first."""
    now = datetime.now(UTC)
    since = (datetime.fromisoformat(cursor) if cursor else now) - REACH
    events = [
        event_of(evaluation, ui)
        for key in keys
        for evaluation in failures(instance, key, since.timestamp())
    ]
    return Found(events, now.isoformat())


def failures(
    instance: dg.DagsterInstance, key: dg.AssetCheckKey, since: float
) -> Iterator[dg.AssetCheckEvaluation]:
    """The failed evaluations of a check since a time, the newest first."""
    before: int | None = None
    while True:
        page = instance.event_log_storage.get_asset_check_execution_history(
            key, limit=PAGE, cursor=before
        )
        for record in page:
            if record.create_timestamp < since:
                return
            event = record.event.dagster_event if record.event else None
            if event and event.event_type is dg.DagsterEventType.ASSET_CHECK_EVALUATION:
                evaluation = event.asset_check_evaluation_data
                if not evaluation.passed:
                    yield evaluation
        if len(page) < PAGE:
            return
        before = page[-1].id


def event_of(evaluation: dg.AssetCheckEvaluation, ui: str) -> Event:
    """What a venue did not bring; the same for each evaluation that says the same of a day."""
    path = evaluation.asset_key.path
    venue, of_day = path[-1], evaluation.partition or ""
    why = evaluation.description or "a listed market brought nothing"
    day = f" on {of_day}" if of_day else ""
    return Event(
        kind="silent_feed",
        subject=f"{venue}/{evaluation.check_name}/{of_day}",
        revision=why,
        title=f"silent feed: {venue}{day}",
        text=f"{venue}{day}: {why}.",
        link=f"{ui}/assets/{'/'.join(path)}",
        venues=(venue,),
    )
