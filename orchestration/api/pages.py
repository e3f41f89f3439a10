"""The desk: pages for people, over the same calls as the service and the command line."""

from dataclasses import asdict
from http import HTTPStatus
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from assets.alerts.reading import Wanted
from assets.cases.reading import STATES, WorkedIncident, worked_queue
from assets.cases.state import cases_of
from orchestration.api.access import Caller
from orchestration.api.incident_context import queue_row
from orchestration.api.page import ASSETS, done_of, files_digest, page, redirect, to_sign_in
from orchestration.api.problems import Refusal
from orchestration.api.sessions import COOKIE, PATH, Sessions
from orchestration.api.shared_lake import SharedLake
from orchestration.api.unchanged import unless_unchanged

FILTERS = ("symbol", "detector", "account")


def routes_of_pages(lake: SharedLake, sessions: Sessions) -> APIRouter:
    """The pages below `/desk`; without a key they are this machine's own."""
    router = APIRouter(include_in_schema=False)
    unchanged = [Depends(unless_unchanged(lake, sessions.caller))]

    @router.get("/")
    def root() -> RedirectResponse:
        return RedirectResponse(PATH)

    @router.get("/favicon.ico")
    def icon() -> Response:
        return Response(status_code=HTTPStatus.NO_CONTENT)

    @router.get(f"{PATH}/static/{{digest}}/{{name}}")
    def static(digest: str, name: str) -> Response:
        if name not in ASSETS or digest != files_digest():
            raise Refusal(HTTPStatus.NOT_FOUND, "there is no such file")
        path, kind = ASSETS[name]
        forever = {"Cache-Control": "public, max-age=31536000, immutable"}
        return Response(path.read_bytes(), media_type=kind, headers=forever)

    @router.get(PATH, dependencies=unchanged)
    def queue(request: Request, state: str = "open", done: int = 0, all: int = 0) -> Response:
        caller = sessions.caller(request)
        if caller is None:
            return to_sign_in()
        filters = {name: request.query_params.get(name, "").strip() for name in FILTERS}
        wanted = Wanted(words={name: (word,) if word else () for name, word in filters.items()})
        recent = lake.recent()
        worked = worked_queue(recent, wanted, states=STATES, decisions=recent.decisions)
        shown = [queue_row(one) for one in worked.incidents if _is_in(state, one, caller)]
        counts = [
            (
                name,
                sum(_is_in(name, one, caller) for one in worked.incidents),
            )
            for name in ("open", "mine", "escalated", "closed", "muted")
        ]
        most = len(shown) if all or state != "open" else worked.budget
        return page(
            "queue", caller, title="Queue", page="Queue", state=state, filters=filters,
            is_filtered=any(filters.values()), counts=counts, rows=shown[:most], total=len(shown),
            message=done_of(recent, done), recent=recent, verdict=recent.verdict,
            newest=recent.newest,
        )  # fmt: skip

    @router.get(f"{PATH}/cases", dependencies=unchanged)
    def cases(request: Request) -> Response:
        caller = sessions.caller(request)
        if caller is None:
            return to_sign_in()
        recent = lake.recent()
        worked = worked_queue(recent, Wanted(), states=STATES, decisions=recent.decisions).incidents
        shown = [
            asdict(case)
            | {"incidents": [queue_row(one) for one in worked if one.state.case_id == case.case_id]}
            for case in cases_of(recent.decisions).values()
        ]
        return page(
            "cases", caller, title="Cases", page="Cases", cases=shown,
            program=lake.settings.program, message="", recent=recent,
        )  # fmt: skip

    @router.get(f"{PATH}/sign-in")
    def ask_key() -> Response:
        return _sign_in_page(lake, "")

    @router.post(f"{PATH}/sign-in")
    async def sign_in(request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
        session = sessions.open(form.get("key", "").strip())
        if session is None:
            return _sign_in_page(lake, "This is no valid key.")
        answer = redirect(PATH)
        answer.set_cookie(
            COOKIE, session, path=PATH, httponly=True, samesite="strict",
            secure=request.url.scheme == "https",
        )  # fmt: skip
        return answer

    @router.post(f"{PATH}/sign-out")
    def sign_out(request: Request) -> Response:
        sessions.close(request.cookies.get(COOKIE, ""))
        answer = redirect(f"{PATH}/sign-in")
        answer.delete_cookie(COOKIE, path=PATH)
        return answer

    return router


def _sign_in_page(lake: SharedLake, error: str) -> Response:
    status = HTTPStatus.UNAUTHORIZED if error else HTTPStatus.OK
    return page(
        "sign_in", None, status, title="Sign in", page="", error=error, message="",
        program=lake.settings.program,
    )  # fmt: skip


def _is_in(tab: str, one: WorkedIncident, caller: Caller) -> bool:
    """Whether an incident stands under a tab of the queue."""
    if tab == "muted" or one.is_muted:
        return tab == "muted" and one.is_muted
    if tab == "mine":
        return one.state.assignee == caller.name and one.state.state != "closed"
    return one.state.state == tab or (tab == "open" and one.state.state == "in review")
