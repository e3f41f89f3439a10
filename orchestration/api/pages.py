"""The desk: pages for people, over the same calls as the service and the command line."""

import re
from http import HTTPStatus
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from fastapi.responses import Response

from orchestration.api.page import ASSETS, files_digest, page, redirect
from orchestration.api.problems import Refusal
from orchestration.api.sessions import COOKIE, PATH, Sessions
from orchestration.api.shared_lake import SharedLake


def routes_of_pages(lake: SharedLake, sessions: Sessions) -> APIRouter:
    """The pages below `/desk`; without a key they are this machine's own."""
    router = APIRouter(include_in_schema=False)

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

    @router.get(f"{PATH}/sign-in")
    def ask_key(back: str = "") -> Response:
        return _sign_in_page(lake, "", back)

    @router.post(f"{PATH}/sign-in")
    async def sign_in(request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
        session = sessions.open(form.get("key", "").strip())
        if session is None:
            return _sign_in_page(lake, "This is no valid key.", form.get("back", ""))
        answer = redirect(_own_page(form.get("back", "")))
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


def _own_page(address: str) -> str:
    """An address of the desk, where that is one; else the queue."""
    is_own = re.fullmatch(rf"{PATH}([/?][!-~]*)?", address) and ".." not in address
    return address if is_own else PATH


def _sign_in_page(lake: SharedLake, error: str, back: str) -> Response:
    status = HTTPStatus.UNAUTHORIZED if error else HTTPStatus.OK
    return page(
        "sign_in", None, status, title="Sign in", page="", error=error, message="",
        program=lake.settings.program, back=back,
    )  # fmt: skip
