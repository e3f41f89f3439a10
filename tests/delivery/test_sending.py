"""Each event goes to each route that takes it, once; what was not taken goes again, later."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from assets.delivery import sending
from assets.delivery.channels import DeliveryError
from assets.delivery.events import Event, Found, Source
from assets.delivery.listing import LINES, LISTED_FROM, list_of
from assets.delivery.outbox import Delivery, Outbox, delivery_of
from assets.delivery.routes import Route
from assets.delivery.sending import AT_ONCE, deliver
from assets.lake import LakeError
from assets.lake.lock import LockTimeoutError, file_lock

NOON = datetime(2026, 11, 30, 12)


def event(subject: str, kind: str = "failed_run", severity: str | None = None) -> Event:
    return Event(
        kind=kind,  # pyright: ignore[reportArgumentType]
        subject=subject,
        revision="1",
        title=f"title {subject}",
        text=f"text {subject}",
        link="http://reports",
        severity=severity,  # pyright: ignore[reportArgumentType]
    )


def incidents(*subjects: str) -> list[Event]:
    return [event(subject, "incident", "high") for subject in subjects]


def route(name: str, *kinds: str) -> Route:
    more = {"events": kinds} if kinds else {}
    return Route.model_validate({"name": name, "url": SecretStr("json://h"), **more})


class Clock:
    """The time of a test, and what was sent to which route at it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = NOON
        self.sent: list[tuple[str, str]] = []
        self.refused: set[str] = set()
        monkeypatch.setattr(sending, "_now", lambda: self.now)

    def send(self, route: Route, message: Delivery) -> None:
        if message.title in self.refused or route.name in self.refused:
            raise DeliveryError("the answer was 503")
        self.sent.append((route.name, message.title))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return Outbox(tmp_path / "deliveries.sqlite")


def of(*events: Event, cursor: str = "1") -> Source:
    return Source("test", lambda _: Found(events, cursor))


def test_an_event_that_is_found_again_is_sent_once_to_each_route(
    outbox: Outbox, clock: Clock
) -> None:
    routes = [route("desk"), route("chat", "report")]
    for _ in range(3):
        deliver(outbox, routes, [of(event("a"), event("a"))], send=clock.send)
    assert clock.sent == [("desk", "title a")]


def test_a_source_goes_on_behind_its_cursor(outbox: Outbox, clock: Clock) -> None:
    seen: list[str | None] = []

    def look(cursor: str | None) -> Found:
        seen.append(cursor)
        return Found([], f"{len(seen)}")

    for _ in range(3):
        deliver(outbox, [route("desk")], [Source("test", look)], send=clock.send)
    assert seen == [None, "1", "2"]


def test_what_was_not_taken_waits_twice_as_long_each_time_and_blocks_nobody(
    outbox: Outbox, clock: Clock
) -> None:
    clock.refused = {"title a"}
    tries: list[timedelta] = []
    for second in range(0, 1_000, 10):
        clock.now = NOON + timedelta(seconds=second)
        passed = deliver(outbox, [route("desk")], [of(event("a"), event("b"))], send=clock.send)
        if passed.problems:
            tries.append(clock.now - NOON)
    assert [wait.total_seconds() for wait in tries] == [0, 30, 90, 210, 450, 930]
    assert clock.sent == [("desk", "title b")]
    (failing,) = outbox.failing()
    assert (failing.attempts, failing.error) == (6, "the answer was 503")
    clock.refused, clock.now = set(), NOON + timedelta(hours=2)
    deliver(outbox, [route("desk")], [], send=clock.send)
    assert clock.sent == [("desk", "title b"), ("desk", "title a")]
    assert outbox.failing() == []


def test_no_wait_is_longer_than_an_hour(outbox: Outbox) -> None:
    message = delivery_of(event("a"), "desk", NOON)
    outbox.add("test", "1", [message])
    for attempts in (40, 41):
        outbox.record_failure(replace(message, attempts=attempts), "away", NOON)
        assert outbox.due("desk", NOON + timedelta(minutes=59), 9) == []
        assert len(outbox.due("desk", NOON + timedelta(hours=1), 9)) == 1


def test_a_route_that_is_away_is_left_after_two_attempts(outbox: Outbox, clock: Clock) -> None:
    clock.refused = {"away"}
    many = [event(str(number)) for number in range(5)]
    passed = deliver(outbox, [route("away"), route("desk")], [of(*many)], send=clock.send)
    assert len(passed.problems) == 2
    assert [name for name, _ in clock.sent] == ["desk"] * 5
    assert passed.waiting == 2


def test_a_source_that_cannot_be_read_hinders_no_other(outbox: Outbox, clock: Clock) -> None:
    def away(_: str | None) -> Found:
        raise LakeError("the catalog is away")

    sources = [Source("lake", away), of(event("a"))]
    passed = deliver(outbox, [route("desk")], sources, send=clock.send)
    assert clock.sent == [("desk", "title a")]
    assert passed.problems == ["lake: the catalog is away"]
    assert outbox.cursor("lake") is None


def test_many_of_a_kind_found_at_once_are_one_message(outbox: Outbox, clock: Clock) -> None:
    many = incidents(*(f"i{number}" for number in range(LISTED_FROM)))
    gravest = replace(many[3], severity="critical")
    source = of(*many[:3], gravest, *many[4:], event("a"))
    for _ in range(2):
        deliver(outbox, [route("desk")], [source], send=clock.send)
    assert clock.sent == [("desk", "10 incidents, first title i3"), ("desk", "title a")]
    # one of them again, with a new one: that is news, and the other is not
    deliver(outbox, [route("desk")], [of(many[0], *incidents("new"))], send=clock.send)
    assert clock.sent[2:] == [("desk", "title new")]


def test_a_list_names_its_first_events_and_counts_the_others() -> None:
    many = incidents(*(f"i{number}" for number in range(LINES + 3)))
    lines = list_of(many).text.splitlines()
    assert lines[0] == "- title i0: text i0"
    assert lines[LINES:] == ["- and 3 more"]
    assert list_of(many).key == list_of(many[::-1]).key != list_of(many[1:]).key


def test_one_pass_sends_so_many_and_the_next_the_others(outbox: Outbox, clock: Clock) -> None:
    kinds = ("failed_run", "silent_feed", "report")
    many = [event(f"{kind} {n}", kind) for kind in kinds for n in range(LISTED_FROM - 1)]
    counts: list[int] = []
    for _ in range(3):
        passed = deliver(outbox, [route("desk")], [of(*many)], send=clock.send)
        counts.append(passed.sent)
    assert counts == [AT_ONCE, len(many) - AT_ONCE, 0]
    assert sorted(title for _, title in clock.sent) == sorted(one.title for one in many)


def test_what_dies_before_it_is_recorded_goes_again_under_its_key(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys: list[str] = []

    def send(_: Route, message: Delivery) -> None:
        keys.append(message.key)

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(Outbox, "record_sent", dies)
        with pytest.raises(KeyboardInterrupt):
            deliver(outbox, [route("desk")], [of(event("a"))], send=send)
    deliver(outbox, [route("desk")], [], send=send)
    assert keys == [event("a").key] * 2


def test_two_processes_do_not_deliver_at_once(
    outbox: Outbox, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "LOCK_SECONDS", 0.05)
    with (
        file_lock(outbox.path.with_suffix(".lock"), 1),
        pytest.raises(LockTimeoutError),
    ):
        deliver(outbox, [route("desk")], [of(event("a"))], send=clock.send)
    assert clock.sent == []


def test_what_waits_for_a_route_that_is_no_longer_listed_is_found(outbox: Outbox) -> None:
    found: Sequence[Delivery] = [delivery_of(event("a"), name, NOON) for name in ("old", "desk")]
    outbox.add("test", "1", found)
    assert [one.route for one in outbox.unrouted(["desk"])] == ["old"]


def test_the_file_is_readable_by_its_owner_alone(outbox: Outbox) -> None:
    outbox.add("test", "1", [])
    assert outbox.path.stat().st_mode & 0o077 == 0
