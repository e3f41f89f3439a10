"""The queue: incidents worst first, by a filter that stands in the address as in the box."""

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from assets.cases.filtering import choose, wanted_in_sql
from assets.cases.filters import Filter, FilterError, filter_of
from assets.cases.muting import made_mutes
from assets.cases.state import mutes_of
from orchestration.api.access import Caller
from orchestration.api.asked import asker_of
from orchestration.api.desk_filter import TABS, address_of, filter_parameters, tab_of, under
from orchestration.api.forms import whole
from orchestration.api.page import (
    DISMISSED,
    done_of,
    notices_of,
    page,
    redirect,
    to_sign_in,
)
from orchestration.api.queue_rows import queue_row
from orchestration.api.recent import Recent
from orchestration.api.sessions import PATH, Sessions
from orchestration.api.shared_lake import SharedLake
from orchestration.api.unchanged import unless_unchanged

ROWS = 50
TAB_KEYS = ("status", "with", "after", "limit", "sort")
"""A filter of these alone hides nothing that a tab would show."""


def routes_of_queue(lake: SharedLake, sessions: Sessions) -> APIRouter:
    """The queue's page, and the form of its box."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    def root() -> RedirectResponse:
        return RedirectResponse(PATH)

    @router.get(PATH, dependencies=[Depends(unless_unchanged(lake, sessions.caller))])
    def queue(request: Request, q: str | None = None, done: int = 0, all: int = 0) -> Response:
        caller = sessions.caller(request)
        if caller is None:
            return to_sign_in(f"{PATH}?{request.url.query}")
        fault = ""
        try:
            if q is not None:
                # the box's words become the address that says the same
                return redirect(f"{PATH}?{address_of(filter_of(q)) or 'status=-muted'}")
            wanted = filter_parameters(request.query_params.multi_items())
        except FilterError as error:
            fault, wanted = str(error), error.rest
        if not fault and not wanted.terms:
            wanted = under("open", wanted)
        status = HTTPStatus.UNPROCESSABLE_ENTITY if fault else HTTPStatus.OK
        recent = lake.recent()
        words = q if q is not None else wanted.words
        return page(
            "queue", caller, status, title="Queue", page="Queue", error=fault, words=words,
            **done_of(recent, done, back=address_of(wanted)),
            **notices_of(recent, request, caller),
            **_queue(recent, wanted, caller, is_whole=bool(all)), recent=recent,
            verdict=recent.verdict, newest=recent.newest,
        )  # fmt: skip

    @router.post(f"{PATH}/notices")
    async def dismiss(request: Request) -> Response:
        if sessions.caller(request) is None:
            return to_sign_in()
        number = whole(request.query_params.get("number"))
        answer = redirect(PATH)
        answer.set_cookie(
            DISMISSED, str(number or 0), path=PATH, httponly=True, samesite="strict",
            secure=request.url.scheme == "https",
        )  # fmt: skip
        return answer

    return router


def _queue(recent: Recent, wanted: Filter, caller: Caller, *, is_whole: bool) -> dict[str, Any]:
    """Rows, counts of the tabs under the other filters, and the mutes under theirs."""
    asker, money = asker_of(caller), recent.money
    base = wanted.without(*TAB_KEYS)
    worked = recent.incidents_of(wanted_in_sql(base, asker))
    counts = [
        (tab, len(choose(worked.incidents, under(tab, base), asker, money)),
         address_of(under(tab, wanted.without("limit"))))
        for tab in TABS
    ]  # fmt: skip
    chosen = choose(worked.incidents, wanted, asker, money)
    tab = tab_of(wanted)
    most = min(ROWS, worked.budget) if tab == "open" and not is_whole else ROWS
    shown = [queue_row(one, money) for one in chosen[:most]]
    decisions = recent.decisions if tab == "muted" else ()
    last = shown[-1].id if len(chosen) > most else ""
    return {
        "tab": tab,
        "counts": counts,
        "back": address_of(wanted),
        "rows": shown,
        "total": len(chosen),
        "open_count": counts[0][1],
        "is_budget": bool(last) and most < ROWS,
        "next": address_of(wanted.with_term("after", last)) if last else "",
        "is_filtered": bool(base.terms),
        "cleared": address_of(wanted.without(*(one.key for one in base.terms))),
        "mutes": made_mutes(decisions, mutes_of(decisions), worked.incidents),
    }
