"""What a client may take of a service: bytes, time and connections."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from contextlib import suppress
from typing import Any

from starlette.responses import PlainTextResponse
from uvicorn.protocols.http.h11_impl import H11Protocol

BODY_BYTES = 1 << 20
"""The largest body: some three thousand trades."""
UNREAD_BYTES = 64 << 20
"""How much of a larger body is read and dropped, so that its sender hears why it is refused."""
BODY_SECONDS = 10.0
HEAD_SECONDS = 10.0
ANSWER_SECONDS = 60.0
CONNECTIONS = 256
"""At once; a browser opens six, which stay open."""
PREFIX = "/api"

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]


class _LargeBodyError(Exception):
    """A body is larger than it may be."""


class ClientLimits:
    """Passes a request on when all of its body is there; one too large or too slow is refused.

    Every path is also served below `/api`. An answer at one of the `unending` paths may last for
    ever, but each part of it must be taken in time.
    """

    def __init__(self, app: App, unending: Collection[str] = ()) -> None:
        self._app = app
        self._unending = unending

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope["path"].startswith(f"{PREFIX}/"):
            scope = {**scope, "root_path": PREFIX}
        refusal = None
        body: bytes | None = b""
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await _body(receive)
        except _LargeBodyError:
            refusal = PlainTextResponse(f"a body has at most {BODY_BYTES:,} bytes", 413, CLOSE)
        except TimeoutError:
            why = f"the body did not come within {BODY_SECONDS:g} s"
            refusal = PlainTextResponse(why, 408, CLOSE)
        if refusal is not None:
            await _within(refusal(scope, receive, send))
        elif body is not None and scope["path"] in self._unending:
            with suppress(TimeoutError):
                await self._app(scope, _replayed(body, receive), _timed(send))
        elif body is not None:
            await _within(self._app(scope, _replayed(body, receive), send))


CLOSE = {"connection": "close"}


async def _within(answer: Awaitable[None]) -> None:
    """Answer, unless the client does not take the answer: then the connection is closed."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            await answer
    except TimeoutError:
        return


def _timed(send: Send) -> Send:
    """Sends a part, unless the client does not take it: then the answer ends."""

    async def send_in_time(message: Message) -> None:
        async with asyncio.timeout(ANSWER_SECONDS):
            await send(message)

    return send_in_time


async def _body(receive: Receive) -> bytes | None:
    """The whole body; None if the client has gone."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        part = message.get("body", b"")
        size += len(part)
        if size <= BODY_BYTES:
            parts.append(part)
        if not message.get("more_body", False) or size > UNREAD_BYTES:
            break
    if size > BODY_BYTES:
        raise _LargeBodyError
    return b"".join(parts)


def _replayed(body: bytes, receive: Receive) -> Receive:
    """The body as one message, then what the client does."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def next_message() -> Message:
        return waiting.pop() if waiting else await receive()

    return next_message


class HeadLimit(H11Protocol):
    """Closes a connection whose request line and headers do not come in time.

    uvicorn has no limit for them: a client could hold a connection for ever.
    """

    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect_head()

    def handle_events(self) -> None:
        super().handle_events()
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop_timer()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def _expect_head(self) -> None:
        self._stop_timer()
        self._head_timer = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None
