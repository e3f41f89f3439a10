"""What changed hits change in the current alerts: opened, revised, superseded.

Pure as well: given every hit that a changed window can touch, the current alerts afterwards are
those that all hits of the lake would give at once.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import TypeVar

from assets.alerts.episodes import CONFIRMED_WITHIN, Alert, Scope, derive_alerts, scope_of
from assets.detection.detector import Detector
from assets.detection.hits import Hit, Stamps
from assets.market.window import Window

# When, by which run and from which snapshot an alert was derived, and how often it changed.
STAMPS = frozenset({"revision", "input_snapshot_id", "code_version", "run_id", "detected_at"})
CONTENT = tuple(field.name for field in fields(Alert) if field.name not in STAMPS)

Span = tuple[datetime, datetime]
Row = TypeVar("Row", Hit, Alert)


@dataclass(frozen=True)
class Changes:
    """Rows that replace the current ones of the same alert_id, and join the revisions."""

    opened: tuple[Alert, ...] = ()
    revised: tuple[Alert, ...] = ()
    superseded: tuple[Alert, ...] = ()
    replaced: tuple[Alert, ...] = ()
    """What stood before of those that are revised or superseded."""

    @property
    def rows(self) -> tuple[Alert, ...]:
        """All of them: opened, revised, superseded."""
        return self.opened + self.revised + self.superseded


def rejoin(
    hits: Sequence[Hit],
    current: Sequence[Alert],
    window: Window,
    detector: Detector,
    stamps: Stamps,
) -> Changes:
    """Join one detector's hits again where a window's hits have changed.

    Parameters
    ----------
    hits
        The hits that `load_settled` gives for the window, after the window's hits were replaced.
    current
        The detector's alerts in their current revision, of any status, whose first hit lies in
        the loaded stretch; more do no harm.
    """
    derived, before = _by_scope(derive_alerts(hits, detector, stamps)), _by_scope(current)
    found = _by_scope(hits)
    parts: list[Changes] = []
    for scope in sorted(derived.keys() | before.keys()):
        span = connected_span(found[scope], window, detector.reach)
        parts.append(compare(_within(before[scope], span), _within(derived[scope], span), stamps))
    return Changes(
        opened=tuple(alert for part in parts for alert in part.opened),
        revised=tuple(alert for part in parts for alert in part.revised),
        superseded=tuple(alert for part in parts for alert in part.superseded),
        replaced=tuple(alert for part in parts for alert in part.replaced),
    )


def compare(current: Iterable[Alert], derived: Iterable[Alert], stamps: Stamps) -> Changes:
    """Compare alerts of one stretch of time by content; each change is the alert's next revision.

    An alert that is derived no more is superseded: it stays, marked.
    """
    known = {alert.alert_id: alert for alert in current}
    opened, revised, replaced = [], [], []
    for alert in derived:
        before = known.pop(alert.alert_id, None)
        if before is None:
            opened.append(alert)
        elif not same_content(before, alert):
            revised.append(replace(alert, revision=before.revision + 1))
            replaced.append(before)
    taken_back = [alert for alert in known.values() if alert.status != "superseded"]
    superseded = [
        replace(
            alert,
            status="superseded",
            revision=alert.revision + 1,
            input_snapshot_id=stamps.input_snapshot_id,
            code_version=stamps.code_version,
            run_id=stamps.run_id,
            detected_at=stamps.detected_at,
        )
        for alert in taken_back
    ]
    return Changes(tuple(opened), tuple(revised), tuple(superseded), (*replaced, *taken_back))


def same_content(one: Alert, other: Alert) -> bool:
    """Whether two alerts say the same, whenever and by whichever run they were derived."""
    return not differing(one, other)


def differing(one: Alert, other: Alert) -> list[str]:
    """Name the fields, stamps aside, in which two alerts differ."""
    return [name for name in CONTENT if getattr(one, name) != getattr(other, name)]


def load_settled(
    load: Callable[[Window], Sequence[Hit]], window: Window, reach: timedelta
) -> tuple[Window, list[Hit]]:
    """Load hits around a window until no chain that the window can change is cut off.

    Gives the stretch of time that was loaded, and the hits.
    """
    margin = 2 * _margin(reach)
    while True:
        loaded = Window(window.start_at - margin, window.end_at + margin)
        hits = list(load(loaded))
        spans = [connected_span(rows, window, reach) for rows in _by_scope(hits).values()]
        start_at, end_at = loaded.start_at + _margin(reach), loaded.end_at - _margin(reach)
        if all(start_at <= span[0] and span[1] <= end_at for span in spans):
            return loaded, hits
        margin *= 4


def connected_span(hits: Iterable[Hit], window: Window, reach: timedelta) -> Span:
    """Widen a window until every chain of one subject's hits lies within it or outside.

    An alert that the window's hits can change has its first hit in `span[0] <= t < span[1]`.
    """
    start_at = window.start_at - max(reach, CONFIRMED_WITHIN)
    end_at = window.end_at + reach
    cells = sorted((hit.cell_start_at, hit.cell_end_at) for hit in hits if hit.kind == "hit")
    for cell_start_at, cell_end_at in cells:
        if start_at < cell_end_at and cell_start_at - reach <= end_at:
            end_at = max(end_at, cell_end_at)
    for cell_start_at, cell_end_at in reversed(cells):
        if cell_start_at < end_at and cell_end_at + reach >= start_at:
            start_at = min(start_at, cell_start_at)
    return start_at, end_at


def _margin(reach: timedelta) -> timedelta:
    return max(reach, CONFIRMED_WITHIN) + reach


def _within(alerts: Iterable[Alert], span: Span) -> list[Alert]:
    return [alert for alert in alerts if span[0] <= alert.first_hit_start_at < span[1]]


def _by_scope(rows: Iterable[Row]) -> dict[Scope, list[Row]]:
    scopes: dict[Scope, list[Row]] = defaultdict(list)
    for row in rows:
        scopes[scope_of(row)].append(row)
    return scopes
