"""What changed hits change in alerts, and alerts in incidents: opened, revised, superseded.

Pure as well: given every hit that a changed window can touch, the current alerts afterwards are
those that all hits of the lake would give at once.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Generic, TypeVar

from assets.alerts.episodes import CONFIRMED_WITHIN, Alert, Scope, derive_alerts, scope_of
from assets.alerts.incidents import Incident
from assets.detection.detector import Detector
from assets.detection.hits import Hit, Stamps
from assets.market.window import Window

# When, by which run and from which snapshot a row was derived, and how often it changed.
STAMPS = frozenset({"revision", "input_snapshot_id", "code_version", "run_id", "detected_at"})

Span = tuple[datetime, datetime]
Row = TypeVar("Row", Hit, Alert)
Revisable = TypeVar("Revisable", Alert, Incident)


@dataclass(frozen=True)
class Changes(Generic[Revisable]):
    """Rows that replace the current ones of the same id, and join the revisions."""

    opened: tuple[Revisable, ...] = ()
    revised: tuple[Revisable, ...] = ()
    superseded: tuple[Revisable, ...] = ()
    replaced: tuple[Revisable, ...] = ()
    """What stood before of those that are revised or superseded."""

    @property
    def rows(self) -> tuple[Revisable, ...]:
        """All of them: opened, revised, superseded."""
        return self.opened + self.revised + self.superseded


def rejoin(
    hits: Sequence[Hit],
    current: Sequence[Alert],
    window: Window,
    detector: Detector,
    stamps: Stamps,
) -> Changes[Alert]:
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
    parts: list[Changes[Alert]] = []
    for scope in sorted(derived.keys() | before.keys()):
        span = connected_span(found[scope], window, detector.reach)
        parts.append(compare(_within(before[scope], span), _within(derived[scope], span), stamps))
    return Changes(
        opened=tuple(alert for part in parts for alert in part.opened),
        revised=tuple(alert for part in parts for alert in part.revised),
        superseded=tuple(alert for part in parts for alert in part.superseded),
        replaced=tuple(alert for part in parts for alert in part.replaced),
    )


def compare(
    current: Iterable[Revisable], derived: Iterable[Revisable], stamps: Stamps
) -> Changes[Revisable]:
    """Compare rows of one stretch of time by content; each change is the row's next revision.

    A row that is derived no more is superseded: it stays, marked.
    """
    known = {row.identity: row for row in current}
    opened, revised, replaced = list[Revisable](), list[Revisable](), list[Revisable]()
    for row in derived:
        before = known.pop(row.identity, None)
        if before is None:
            opened.append(row)
        elif differing(before, row):
            revised.append(replace(row, revision=before.revision + 1))
            replaced.append(before)
    taken_back = [row for row in known.values() if row.status != "superseded"]
    superseded = [
        replace(row, status="superseded", revision=row.revision + 1, **vars(stamps))
        for row in taken_back
    ]
    return Changes(tuple(opened), tuple(revised), tuple(superseded), (*replaced, *taken_back))


def same_content(one: Alert, other: Alert) -> bool:
    """Whether two alerts say the same, whenever and by whichever run they were derived."""
    return not differing(one, other)


def differing(one: Revisable, other: Revisable) -> list[str]:
    """Name the fields, stamps aside, in which two rows differ."""
    return [name for name in content_of(type(one)) if getattr(one, name) != getattr(other, name)]


@cache
def content_of(kind: Any) -> tuple[str, ...]:
    """The fields of alerts or incidents without stamps."""
    return tuple(field.name for field in fields(kind) if field.name not in STAMPS)


def load_settled(
    load: Callable[[Window], Sequence[Hit]], window: Window, reach: timedelta
) -> tuple[Window, list[Hit]]:
    """Load hits around a window until no chain that the window can change is cut off.

    Gives the stretch of time that was loaded, and the hits.
    """
    margin = 2 * _margin(reach)
    while True:
        loaded = _around(window, margin)
        hits = list(load(loaded))
        spans = [connected_span(rows, window, reach) for rows in _by_scope(hits).values()]
        start_at, end_at = loaded.start_at + _margin(reach), loaded.end_at - _margin(reach)
        if all(start_at <= span[0] and span[1] <= end_at for span in spans):
            return loaded, hits
        margin *= 4


def first_loaded(window: Window, reach: timedelta) -> Window:
    """What `load_settled` loads at first, and at last where that has no hit."""
    return _around(window, 2 * _margin(reach))


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


def _around(window: Window, margin: timedelta) -> Window:
    return Window(window.start_at - margin, window.end_at + margin)


def _margin(reach: timedelta) -> timedelta:
    return max(reach, CONFIRMED_WITHIN) + reach


def _within(alerts: Iterable[Alert], span: Span) -> list[Alert]:
    return [alert for alert in alerts if span[0] <= alert.first_hit_start_at < span[1]]


def _by_scope(rows: Iterable[Row]) -> dict[Scope, list[Row]]:
    scopes: dict[Scope, list[Row]] = defaultdict(list)
    for row in rows:
        scopes[scope_of(row)].append(row)
    return scopes
