"""What every page of the desk shares: its head, its files, its policy, and where it leads."""

import hashlib
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

from fastapi.responses import HTMLResponse, RedirectResponse

from assets.cases.words import what_was_decided
from orchestration.api.access import Caller
from orchestration.api.recent import Recent
from orchestration.api.sessions import PATH
from reports.desk import desk_page
from reports.documents import STYLES, TEMPLATES

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
ASSETS = {
    **{name: (TEMPLATES / name, "text/css") for name in STYLES},
    "desk.css": (TEMPLATES / "desk" / "desk.css", "text/css"),
    "desk.js": (TEMPLATES / "desk" / "desk.js", "text/javascript"),
    "live.js": (TEMPLATES / "desk" / "live.js", "text/javascript"),
}


def page(
    template: str, caller: Caller | None, status: int = HTTPStatus.OK, **values: Any
) -> HTMLResponse:
    shared = {
        "static": f"{PATH}/static/{files_digest()}",
        "person": caller.name if caller else "",
        "signed_in": False,
        "recent": None,
    }
    return HTMLResponse(desk_page(template, **shared | values), status, HEADERS)


def redirect(address: str) -> RedirectResponse:
    return RedirectResponse(address, HTTPStatus.SEE_OTHER, HEADERS)


def to_sign_in() -> RedirectResponse:
    return redirect(f"{PATH}/sign-in")


def done_of(recent: Recent, number: int) -> str:
    """What the person has just decided, and what others decided of the same meanwhile."""
    one = next((one for one in recent.decisions if one.number == number), None)
    if one is None:
        return ""
    return f"{one.decided_by} {what_was_decided(one)} ({one.about_id[:12]})."


@cache
def files_digest() -> str:
    """Changes with any of the files that pages load."""
    return hashlib.sha256(b"".join(Path(p).read_bytes() for p, _ in ASSETS.values())).hexdigest()[
        :12
    ]
