"""One look at everything that may be worth a message, and one attempt at what is due."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import duckdb

from assets.delivery.channels import DeliveryError, send
from assets.delivery.events import Event, Source
from assets.delivery.listing import LISTED_FROM, by_kind, list_of
from assets.delivery.outbox import Delivery, Outbox, delivery_of
from assets.delivery.routes import Route
from assets.lake import LakeError, NoLakeError
from assets.lake.lock import CatalogError, LockTimeoutError, file_lock
from assets.lake.objects.object_store import ObjectStoreError
from assets.lake.settings import SettingsError

# a sensor's tick has a minute, and each attempt may wait for some seconds
AT_ONCE = 20
# so many in a row, and the route waits for the next look
FAILURES_IN_A_ROW = 2
# for all messages of a route: a slow receiver leaves the others their share of the minute
ROUTE_SECONDS = 10.0
LOCK_SECONDS = 5.0

Send = Callable[[Route, Delivery], None]
AWAY = (LakeError, CatalogError, LockTimeoutError, ObjectStoreError, OSError, duckdb.Error)


@dataclass
class Passed:
    """What one look did."""

    sent: int = 0
    waiting: int = 0
    problems: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        done = f"{self.sent} sent" if self.sent else "nothing new to send"
        later = f"; {self.waiting} wait for another attempt" if self.waiting else ""
        why = f" ({'; '.join(self.problems[:3])})" if self.problems else ""
        return f"{done}{later}{why}"


def deliver(
    outbox: Outbox, routes: Sequence[Route], sources: Iterable[Source], *, send: Send = send
) -> Passed:
    """Add what each source has found to the outbox, then send what is due, at most 20 a route.

    A source that cannot be read now, or a route that does not take a message, hinders no other.

    Raises
    ------
    LockTimeoutError
        Another process delivers: what it sends must not be sent twice.
    """
    passed = Passed()
    with file_lock(outbox.path.with_suffix(".lock"), LOCK_SECONDS):
        for source in sources:
            try:
                found = source.look(outbox.cursor(source.name))
            except NoLakeError:
                # nothing has run yet that it could find
                continue
            except AWAY as error:
                passed.problems.append(f"{source.name}: {error}")
            else:
                outbox.add(source.name, found.cursor, _routed(outbox, found.events, routes))
        for route in routes:
            _send_due(outbox, route, send, passed)
    passed.waiting = len(outbox.failing())
    return passed


def _routed(outbox: Outbox, events: Sequence[Event], routes: Sequence[Route]) -> list[Delivery]:
    """Each event that is new to a route which takes it; many of a kind are one message."""
    now = _now()
    found: list[Delivery] = []
    for route in routes:
        taken = [event for event in events if route.takes(event)]
        for new in by_kind(outbox.unknown(route.name, taken)):
            if len(new) >= LISTED_FROM:
                found += [delivery_of(event, route.name, now, state="listed") for event in new]
                new = [list_of(new)]
            found += [delivery_of(event, route.name, now) for event in new]
    return found


def _send_due(outbox: Outbox, route: Route, send: Send, passed: Passed) -> None:
    failures, ends_at = 0, time.monotonic() + ROUTE_SECONDS
    for message in outbox.due(route.name, _now(), AT_ONCE):
        if time.monotonic() > ends_at:
            return
        try:
            send(route, message)
        except (DeliveryError, SettingsError) as error:
            outbox.record_failure(message, str(error), _now())
            passed.problems.append(f"{route.name}: {message.title}: {error}")
            failures += 1
            if failures == FAILURES_IN_A_ROW:
                return
        else:
            outbox.record_sent(message, _now())
            passed.sent += 1
            failures = 0


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
