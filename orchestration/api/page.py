"""What every page of the desk shares: its head, its files, its policy, and where it leads."""

import hashlib
import uuid
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse

from assets.cases.decision import Decision
from assets.cases.notices import meanwhile_sentence, overruled
from assets.cases.reasons import words_of
from assets.cases.words import what_was_decided
from orchestration.api.access import Caller
from orchestration.api.recent import Recent
from orchestration.api.sessions import PATH
from reports.desk import desk_page
from reports.documents import STYLES, TEMPLATES

DISMISSED = "dismissed"
"""A cookie: the number of the last decision that the person was told of and dismissed."""
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
        "signed_in": caller is not None and caller.is_signed_in,
        "recent": None,
        "undo": None,
        "notices": (),
    }
    return HTMLResponse(desk_page(template, **shared | values), status, HEADERS)


def redirect(address: str) -> RedirectResponse:
    return RedirectResponse(address, HTTPStatus.SEE_OTHER, HEADERS)


def to_sign_in(back: str = "") -> RedirectResponse:
    """To the form that asks for a key, which leads back to a page of the desk."""
    return redirect(f"{PATH}/sign-in" + (f"?{urlencode({'back': back})}" if back else ""))


def done_of(
    recent: Recent, number: int, seen: int | None = None, *, back: str = ""
) -> dict[str, Any]:
    """What the person has just decided, how to take it back, and what others decided meanwhile.

    `seen` is the last decision that the person knew of, `back` the queue's parameters.
    """
    decisions = recent.decisions if number else ()
    one = next((one for one in decisions if one.number == number), None)
    if one is None:
        return {"message": ""}
    others = [
        meanwhile_sentence(one, other)
        for other in decisions
        if seen is not None and seen < other.number < number and other.about_id == one.about_id
    ]
    where = {"incident": "incidents", "case": "cases", "mute": "mutes"}[one.about]
    undo = {
        "action": f"{PATH}/{where}/{quote(one.about_id, safe='')}/decisions",
        "number": number,
        "request_id": str(uuid.uuid4()),
        "back": back,
    }
    return {
        "message": " ".join([_done(one), *others]),
        "undo": undo if one.takes_back is None else None,
    }


def notices_of(recent: Recent, request: Request, caller: Caller) -> dict[str, Any]:
    """Whose later decision contradicts the person's; until they dismiss it."""
    dismissed = request.cookies.get(DISMISSED, "")
    after = int(dismissed) if dismissed.isascii() and dismissed.isdigit() else 0
    return {"notices": overruled(recent.decisions, caller.name, after)}


def _done(one: Decision) -> str:
    if one.state == "closed" and one.verdict is not None:
        return f"Closed as {one.verdict}: {words_of(one.reason or '', one.verdict)}."
    of = f" ({one.about} {one.about_id[:12]})" if one.about != "mute" else ""
    said = what_was_decided(one)
    return f"{said[:1].upper()}{said[1:]}{of}."


@cache
def files_digest() -> str:
    """Changes with any of the files that pages load."""
    return hashlib.sha256(b"".join(Path(p).read_bytes() for p, _ in ASSETS.values())).hexdigest()[
        :12
    ]
