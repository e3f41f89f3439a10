"""The live page's events: one producer for all listeners, and only what changed is sent."""

import asyncio
from collections.abc import Collection, Mapping
from datetime import datetime

import pytest

from orchestration.api.live_feed import MOST, Feed, Listener, event
from orchestration.api.live_view import Parts
from orchestration.api.problems import Refusal


class Fake:
    """What is polled, counted."""

    def __init__(self) -> None:
        self.polls: list[set[str]] = []

    def __call__(self, lasts: Collection[str], now: datetime) -> Mapping[str, Parts]:
        self.polls.append(set(lasts))
        return {last: Parts(len(self.polls), {"state": f"{last} {now}"}) for last in lasts}


def test_one_producer_serves_all_and_rests_without_listeners(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("orchestration.api.live_feed.EVERY_SECONDS", 0.01)
    poll = Fake()

    async def follow() -> None:
        feed = Feed(poll)
        listeners = [feed.join("60m"), feed.join("60m"), feed.join("24h")]
        for listener in listeners:
            parts = await listener.next()
            assert parts is not None
            assert parts.html["state"].startswith(listener.last)
        for listener in listeners:
            feed.leave(listener)
        await asyncio.sleep(0.1)
        count = len(poll.polls)
        await asyncio.sleep(0.1)
        assert len(poll.polls) == count
        feed.join("15m")
        await asyncio.sleep(0.1)
        assert poll.polls[-1] == {"15m"}

    asyncio.run(follow())
    assert poll.polls[0] == {"60m", "24h"}


def test_a_hundred_and_first_listener_is_refused() -> None:
    async def crowd() -> None:
        feed = Feed(Fake())
        for _ in range(MOST):
            feed.join("60m")
        with pytest.raises(Refusal, match="100 pages are live already"):
            feed.join("60m")

    asyncio.run(crowd())


def test_only_what_changed_is_sent_and_silence_has_a_heartbeat(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("orchestration.api.live_feed.HEARTBEAT_SECONDS", 0.05)

    async def follow() -> list[str]:
        feed, listener = Feed(Fake()), Listener("60m")
        sent: list[str] = []
        goes_on = iter([True, True, True, False])
        listener.offer(Parts(7, {"state": "<p>\na</p>", "figures": "b"}))
        async for text in feed.events(listener, lambda: next(goes_on)):
            sent.append(text)
            if len(sent) == 3:
                listener.offer(Parts(8, {"state": "<p>\na</p>", "figures": "c"}))
        return sent

    assert asyncio.run(follow()) == [
        "retry: 2000\n\n",
        "id: 7\nevent: state\ndata: <p>\ndata: a</p>\n\n",
        "id: 7\nevent: figures\ndata: b\n\n",
        "id: 8\nevent: figures\ndata: c\n\n",
        ": nothing new\n\n",
    ]


def test_a_producer_that_fails_ends_the_streams(caplog: pytest.LogCaptureFixture) -> None:
    def fail(lasts: Collection[str], now: datetime) -> Mapping[str, Parts]:
        raise KeyError(now)

    async def follow() -> Parts | None:
        return await Feed(fail).join("60m").next()

    assert asyncio.run(follow()) is None
    assert "producer has failed" in caplog.text


def test_an_event_writes_each_line_as_a_field() -> None:
    assert event(3, "state", "a\nb") == "id: 3\nevent: state\ndata: a\ndata: b\n\n"
