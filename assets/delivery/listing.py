"""Many events of a kind, found at once, in one message: a person reads no hundred."""

import hashlib
from collections.abc import Iterator, Sequence
from itertools import groupby

from assets.alerts.severity import ORDER
from assets.delivery.events import KINDS, Event, Kind

LISTED_FROM = 10
LINES = 20
WORDS: dict[Kind, str] = {
    "report": "reports",
    "incident": "incidents",
    "breach": "breaches of limits",
    "failed_run": "failed runs",
    "silent_feed": "silent feeds",
}


def by_kind(events: Sequence[Event]) -> Iterator[list[Event]]:
    """The events of each kind, in the order in which they were found."""
    for _, of_kind in groupby(
        sorted(events, key=lambda one: KINDS.index(one.kind)), key=lambda one: one.kind
    ):
        yield list(of_kind)


def list_of(events: Sequence[Event]) -> Event:
    """One message about events of one kind, the gravest first; their keys make its key."""
    ranked = sorted(events, key=lambda one: -ORDER.index(one.severity or "low"))
    first = ranked[0]
    lines = [f"- {one.title}: {one.text.splitlines()[0]}" for one in ranked[:LINES]]
    if (more := len(ranked) - LINES) > 0:
        lines.append(f"- and {more:,} more")
    keys = " ".join(sorted(one.key for one in events))
    return Event(
        kind=first.kind,
        subject="list",
        revision=hashlib.sha256(keys.encode()).hexdigest(),
        title=f"{len(ranked):,} {WORDS[first.kind]}, first {first.title}",
        text="\n".join(lines),
        link=first.link,
        severity=first.severity,
        venues=tuple(sorted({venue for one in events for venue in one.venues})),
        symbols=tuple(sorted({symbol for one in events for symbol in one.symbols})),
    )
