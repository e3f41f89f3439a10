"""The live page, and the stream of its parts."""

from datetime import UTC, datetime
from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse

from assets.lake.lake import Lake
from orchestration.api.live_feed import Feed
from orchestration.api.live_poll import Polled
from orchestration.api.live_view import DEFAULT, SPANS, live_view, values_of
from orchestration.api.page import HEADERS, page, to_sign_in
from orchestration.api.problems import Refusal
from orchestration.api.sessions import PATH, Sessions

EVENTS = f"{PATH}/live/events"


def routes_of_live(lake: Lake, sessions: Sessions) -> APIRouter:
    """The page, which is whole without a script, and the events that renew its parts."""
    router = APIRouter(include_in_schema=False)
    feed = Feed(Polled(lake))

    @router.get(f"{PATH}/live")
    def live(request: Request, last: str = DEFAULT) -> Response:
        caller = sessions.caller(request)
        if caller is None:
            return to_sign_in()
        now = datetime.now(UTC).replace(tzinfo=None)
        view = live_view(lake, _checked(last), now)
        return page(
            "live", caller, title="Live", page="Live", message="", spans=list(SPANS),
            events=f"{EVENTS}?last={last}", snapshot=view.snapshot, **values_of(view, now),
        )  # fmt: skip

    @router.get(EVENTS)
    async def events(request: Request, last: str = DEFAULT) -> Response:
        if sessions.caller(request) is None:
            raise Refusal(HTTPStatus.UNAUTHORIZED, "sign in to follow the page")
        listener = feed.join(_checked(last))
        return StreamingResponse(
            feed.events(listener, lambda: sessions.caller(request) is not None),
            media_type="text/event-stream",
            # a proxy that collects the answer would show nothing
            headers=HEADERS | {"X-Accel-Buffering": "no"},
        )

    return router


def _checked(last: str) -> str:
    if last not in SPANS:
        raise Refusal(
            HTTPStatus.UNPROCESSABLE_ENTITY, f"`last` is one of {', '.join(SPANS)}, not {last!r}"
        )
    return last
