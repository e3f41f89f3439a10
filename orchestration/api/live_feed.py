"""Server-sent events of the live page: one producer a process, and each listener the newest parts.

The producer reads only while somebody listens. A listener that is slow misses what was replaced
meanwhile, and nothing waits for it.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from datetime import UTC, datetime
from http import HTTPStatus

from starlette.concurrency import run_in_threadpool

from orchestration.api.live_view import Parts
from orchestration.api.problems import Refusal

log = logging.getLogger("tapewatch.service")

Poll = Callable[[Collection[str], datetime], Mapping[str, Parts]]
"""The parts of each `last` at a time, naive and in UTC."""
MOST = 100
EVERY_SECONDS = 1.0
HEARTBEAT_SECONDS = 15.0
RETRY_MILLISECONDS = 2_000
"""How long a browser waits before it asks again, after a connection has ended."""


class Listener:
    """One open page: the newest parts that it has not been sent."""

    def __init__(self, last: str) -> None:
        self.last = last
        self._parts: Parts | None = None
        self._has_come = asyncio.Event()
        self._is_closed = False

    def offer(self, parts: Parts) -> None:
        """Replace what it has not been sent yet."""
        self._parts = parts
        self._has_come.set()

    def close(self) -> None:
        """End its stream; the browser asks again by itself."""
        self._is_closed = True
        self._has_come.set()

    async def next(self) -> Parts | None:
        """Wait for parts; None where the stream has ended."""
        await self._has_come.wait()
        self._has_come.clear()
        return None if self._is_closed else self._parts


class Feed:
    """The listeners of a process, and what produces for them."""

    def __init__(self, poll: Poll) -> None:
        self._poll = poll
        self._listeners: set[Listener] = set()
        self._producing: asyncio.Task[None] | None = None

    def join(self, last: str) -> Listener:
        """A new listener; a Refusal where there are as many as there may be."""
        if len(self._listeners) >= MOST:
            raise Refusal(
                HTTPStatus.SERVICE_UNAVAILABLE,
                f"{MOST} pages are live already: reload this one to see what is new",
                {"Retry-After": "60"},
            )
        listener = Listener(last)
        self._listeners.add(listener)
        if self._producing is None or self._producing.done():
            self._producing = asyncio.create_task(self._produce())
        return listener

    def leave(self, listener: Listener) -> None:
        """Forget a listener; behind the last one the producer ends."""
        self._listeners.discard(listener)

    async def _produce(self) -> None:
        try:
            while self._listeners:
                lasts = {one.last for one in self._listeners}
                parts = await run_in_threadpool(self._poll, lasts, _now())
                for listener in self._listeners:
                    # one that has joined meanwhile is served with the next
                    if listener.last in parts:
                        listener.offer(parts[listener.last])
                await asyncio.sleep(EVERY_SECONDS)
        except Exception:
            log.exception("the live page's producer has failed; the next listener starts another")
            for listener in self._listeners:
                listener.close()

    async def events(self, listener: Listener, may_go_on: Callable[[], bool]) -> AsyncIterator[str]:
        """The listener's stream as text: each part that changed, or a comment each 15 s.

        It ends where the listener's key no longer holds.
        """
        sent: dict[str, str] = {}
        try:
            yield f"retry: {RETRY_MILLISECONDS}\n\n"
            while may_go_on():
                try:
                    async with asyncio.timeout(HEARTBEAT_SECONDS):
                        parts = await listener.next()
                except TimeoutError:
                    yield ": nothing new\n\n"
                    continue
                if parts is None:
                    return
                for name, html in parts.html.items():
                    if sent.get(name) != html:
                        sent[name] = html
                        yield event(parts.snapshot, name, html)
        finally:
            self.leave(listener)


def event(id_: int, name: str, data: str) -> str:
    """One event as it is written; each line of its data has its own field."""
    lines = "".join(f"data: {line}\n" for line in data.splitlines())
    return f"id: {id_}\nevent: {name}\n{lines}\n"


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
