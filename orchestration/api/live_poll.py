"""The live page's poll: once a second for all listeners, reading where there is something new."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

import duckdb

from assets.lake import LakeError
from assets.lake.lake import Lake
from assets.lake.lock import CatalogError
from assets.lake.objects.object_store import ObjectStoreError
from assets.lake.snapshots import newest_snapshot
from orchestration.api.live_view import LiveView, Parts, live_view, parts_of, values_of
from reports.desk import desk_page
from reports.live import Line, when

# a stream's windows are a second apart, and reading must leave it the machine
READ_AT_MOST_EVERY = timedelta(seconds=2)
# time passes and people decide without a new snapshot
READ_AGAIN_AFTER = timedelta(seconds=10)
SILENT = (LakeError, CatalogError, ObjectStoreError, duckdb.Error, OSError)
"""What a lake raises that does not answer."""


class Polled:
    """Reads for the listeners of a process: where the snapshot changed, or ten seconds passed.

    It is asked each second and reads every other second at most. Between two readings the first
    line alone goes on. What does not answer leaves the page as it was, under a line that says since
    when.
    """

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self._views: dict[str, LiveView] = {}
        self._parts: dict[str, Parts] = {}
        self._answered_at: datetime | None = None

    def __call__(self, lasts: Collection[str], now: datetime) -> Mapping[str, Parts]:
        """The parts of each `last` that is listened to."""
        try:
            snapshot = snapshot_of(self._lake)
            for last in lasts:
                self._renew(last, snapshot, now)
        except SILENT:
            since = self._answered_at
            return {last: _silent(self._parts.get(last), since, now) for last in lasts}
        self._answered_at = now
        return {last: self._parts[last] for last in lasts}

    def _renew(self, last: str, snapshot: int, now: datetime) -> None:
        before = self._views.get(last)
        if before is None or self._is_due(before, snapshot, now):
            self._views[last] = live_view(self._lake, last, now)
            self._parts[last] = parts_of(self._views[last], now)
            return
        state = desk_page("live_state", **values_of(before, now))
        self._parts[last] = Parts(before.snapshot, {**self._parts[last].html, "state": state})

    @staticmethod
    def _is_due(before: LiveView, snapshot: int, now: datetime) -> bool:
        age = now - before.read_at
        is_new = before.snapshot != snapshot and age >= READ_AT_MOST_EVERY
        return is_new or age >= READ_AGAIN_AFTER


def snapshot_of(lake: Lake) -> int:
    """The lake's newest snapshot."""
    with lake.connect() as connection:
        return newest_snapshot(lake, connection)


def _silent(before: Parts | None, since: datetime | None, now: datetime) -> Parts:
    said = f"As of {when(since or now)} UTC; the lake has not answered since"
    state = desk_page("live_state", line=Line("poor", said, []))
    html = {} if before is None else before.html
    return Parts(0 if before is None else before.snapshot, {**html, "state": state})
