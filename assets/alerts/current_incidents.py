"""The current incidents: the alerts around a window joined again, and what changed replaced."""

import json
from collections.abc import Callable, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import TypeVar

from duckdb import DuckDBPyConnection

from assets.alerts.current import save_changes
from assets.alerts.episodes import CONFIRMED_WITHIN, Alert
from assets.alerts.incidents import TOUCHING, Incident, join_incidents
from assets.alerts.revisions import Changes, compare
from assets.alerts.tables import ALERTS, INCIDENT_REVISIONS, INCIDENT_ROWS, INCIDENTS
from assets.detection.hits import Stamps
from assets.detection.judging import stamps_of
from assets.lake.connection import one_thread
from assets.lake.lake import Lake
from assets.lake.source import Source, in_lake
from assets.market.window import Window

# an alert of a day may lie around a window of seconds
MARGIN = timedelta(days=2)
BEGINNING = datetime(1, 1, 1)
TABLES = {Alert: ALERTS.name, Incident: INCIDENTS.name}
Row = TypeVar("Row", Alert, Incident)
Load = Callable[[Window], tuple[list[Alert], list[Incident]]]
"""Gives the current alerts and incidents that overlap a window, superseded ones included."""


def join_incidents_again(lake: Lake, changed: Window, info: dict[str, str]) -> Changes[Incident]:
    """Join the alerts around a changed window into incidents; write what changed, in one commit."""
    # what the window confirms may have ended before it
    window = Window(changed.start_at - CONFIRMED_WITHIN, changed.end_at)

    def read(connection: DuckDBPyConnection) -> Changes[Incident]:
        one_thread(connection)
        stamps = stamps_of(lake.snapshot_id(connection), info)
        return incident_changes(connection, window, stamps)

    return lake.revise(
        read,
        lambda connection, changes: save_changes(connection, INCIDENT_ROWS, [changes]),
        tables=(INCIDENTS, INCIDENT_REVISIONS),
        message="incidents",
        commit_info=info,
    )


def incident_changes(
    connection: DuckDBPyConnection, window: Window, stamps: Stamps, source: Source = in_lake
) -> Changes[Incident]:
    """What changed alerts within a window change in the incidents."""

    def load(stretch: Window) -> tuple[list[Alert], list[Incident]]:
        return (
            _overlapping(connection, Alert, stretch, source),
            _overlapping(connection, Incident, stretch, source),
        )

    return changes_around(load, window, stamps)


def changes_around(load: Load, window: Window, stamps: Stamps) -> Changes[Incident]:
    """The same from what `load` gives of a stretch of time.

    It is asked for more around the window until no incident that the window can change is cut off.
    """
    margin = MARGIN
    while True:
        loaded = Window(window.start_at - margin, window.end_at + margin)
        alerts, current = load(loaded)
        derived = join_incidents(alerts, stamps)
        old, new = _affected(current, derived, window)
        if all(_lies_within(incident, loaded) for incident in (*old, *new)):
            return compare(old, new, stamps)
        margin *= 4


def span_of(changes: Sequence[Changes[Alert]]) -> Window | None:
    """The time of the alerts that have changed, before and after; None where none has."""
    alerts = [alert for change in changes for alert in (*change.rows, *change.replaced)]
    if not alerts:
        return None
    return Window(
        min(alert.window_start_at for alert in alerts),
        max(alert.window_end_at for alert in alerts),
    )


def _affected(
    current: Sequence[Incident], derived: Sequence[Incident], window: Window
) -> tuple[list[Incident], list[Incident]]:
    """The incidents around a window, and those that share an alert with one, before and after."""
    old = {one.identity: one for one in current if _is_around(one, window)}
    new = {one.identity: one for one in derived if _is_around(one, window)}
    while True:
        alerts = {
            alert for one in (*old.values(), *new.values()) for alert in json.loads(one.alert_ids)
        }
        more = [
            (known, one)
            for known, found in ((old, current), (new, derived))
            for one in found
            if one.identity not in known and not alerts.isdisjoint(json.loads(one.alert_ids))
        ]
        if not more:
            return list(old.values()), list(new.values())
        for known, one in more:
            known[one.identity] = one


def _is_around(incident: Incident, window: Window) -> bool:
    return (
        incident.window_start_at <= window.end_at + TOUCHING
        and incident.window_end_at >= window.start_at - TOUCHING
    )


def _lies_within(incident: Incident, loaded: Window) -> bool:
    """Whether no alert outside of what was loaded can belong to the incident."""
    return (
        loaded.start_at + TOUCHING < incident.window_start_at
        and incident.window_end_at < loaded.end_at - TOUCHING
    )


def _overlapping(
    connection: DuckDBPyConnection, kind: type[Row], window: Window, source: Source
) -> list[Row]:
    """The current alerts or incidents that overlap a window, superseded ones included."""
    names = [field.name for field in fields(kind)]
    # one of long ago may last until now
    relation = source(TABLES[kind], BEGINNING)
    rows = connection.execute(
        f"select {', '.join(names)} from {relation} "
        "where window_end_at >= ? and window_start_at <= ?",
        [window.start_at, window.end_at],
    ).fetchall()
    return [kind(**dict(zip(names, row, strict=True))) for row in rows]
