"""What has not changed is not sent again: 304 by snapshot, last decision, caller and request."""

import hashlib
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from starlette.datastructures import MutableHeaders

from orchestration.api.access import Caller
from orchestration.api.recent import Recent
from orchestration.api.shared_lake import SharedLake

HEADERS = {"Cache-Control": "private, no-cache", "Vary": "Authorization, Cookie"}
"""The caller alone stores the answer, and asks before each use of it."""
PROCESS = secrets.token_hex(8)
"""Another process may be of another version, which answers otherwise."""
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]


class UnchangedError(Exception):
    """The caller has the answer already."""

    def __init__(self, tag: str) -> None:
        super().__init__(tag)
        self.tag = tag


def unless_unchanged(
    lake: SharedLake, who: Callable[[Request], Caller | None]
) -> Callable[[Request], Awaitable[None]]:
    """A dependency of routes whose answers follow from the lake, the decisions and the request.

    It makes no query. Nobody whom `who` does not know has an answer to compare.
    """

    async def check(request: Request) -> None:
        caller = who(request)
        if caller is None:
            return
        # only where nothing is at hand it waits for the lake
        recent = lake.recent() if lake.is_watched else await run_in_threadpool(lake.recent)
        tag = _tag(recent, caller, request)
        request.state.tag = tag
        if tag in request.headers.get("if-none-match", ""):
            raise UnchangedError(tag)

    return check


class Tags:
    """Gives each good answer the tag that its route has computed."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        async def send_with_tag(message: Message) -> None:
            tag = scope.get("state", {}).get("tag")
            if (
                tag
                and message["type"] == "http.response.start"
                and message["status"] == HTTPStatus.OK
            ):
                MutableHeaders(scope=message).update(_headers(tag))
            await send(message)

        await self._app(scope, receive, send_with_tag)


def answer_unchanged(app: FastAPI) -> None:
    """Send tags with the answers, and no answer to who has it."""
    app.add_middleware(Tags)

    @app.exception_handler(UnchangedError)
    def spare(_: Request, error: UnchangedError) -> Response:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=_headers(error.tag))


def _headers(tag: str) -> dict[str, str]:
    return HEADERS | {"ETag": tag}


def _tag(recent: Recent, caller: Caller, request: Request) -> str:
    silence = recent.silence
    # a mute ends, and `since:2d` moves on, though nothing was written
    minute = datetime.now(UTC).replace(second=0, microsecond=0)
    parts = (
        minute,
        PROCESS, recent.copied_from, recent.snapshot, recent.digest, silence, caller,
        request.url.path, request.url.query, request.headers.get("cookie"),
    )  # fmt: skip
    # weak: of two copies of a page the forms differ in their request ids
    return f'W/"{hashlib.sha256(repr(parts).encode()).hexdigest()[:32]}"'
