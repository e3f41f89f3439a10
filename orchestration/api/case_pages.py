"""Cases: their list, a page for each, the form that makes one of incidents, and the pack."""

import hashlib
import uuid
from dataclasses import asdict, replace
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from assets.cases.deciding import about
from assets.cases.decision import Decision, DecisionError, Draft
from assets.cases.pack import case_named
from assets.cases.state import cases_of
from orchestration.api.access import Caller
from orchestration.api.deciding import land_decision
from orchestration.api.forms import CHANNEL, Form, posted, text_of, whole
from orchestration.api.incident_view import history_rows
from orchestration.api.page import done_of, notices_of, page, redirect, to_sign_in
from orchestration.api.queue_rows import queue_row
from orchestration.api.reading import Id, existing_incident, packed_case
from orchestration.api.sessions import PATH, Sessions
from orchestration.api.shared_lake import SharedLake
from orchestration.api.unchanged import unless_unchanged

MOST = 50
"""Incidents that are put into a case at once."""
ACTS: dict[str, dict[str, Any]] = {
    "close": {"state": "closed"},
    "reopen": {"state": "open"},
    "comment": {},
}


def routes_of_cases(lake: SharedLake, sessions: Sessions) -> APIRouter:
    """The pages and forms of cases."""
    router = APIRouter(include_in_schema=False)
    unchanged = [Depends(unless_unchanged(lake, sessions.caller))]

    @router.get(f"{PATH}/cases", dependencies=unchanged)
    def cases(request: Request) -> Response:
        caller = sessions.caller(request)
        if caller is None:
            return to_sign_in(f"{PATH}/cases")
        recent = lake.recent()
        shown = [asdict(one) for one in reversed(cases_of(recent.decisions).values())]
        return page(
            "cases", caller, title="Cases", page="Cases", cases=shown, message="", recent=recent
        )

    @router.get(f"{PATH}/cases/new")
    def new(
        request: Request, incident: Annotated[list[str] | None, Query(max_length=MOST)] = None
    ) -> Response:
        caller = sessions.caller(request)
        if caller is None:
            return to_sign_in(f"{PATH}/cases/new?{request.url.query}")
        form = Form([("incident", one) for one in incident or ()])
        return _form_page(form, caller, "")

    @router.post(f"{PATH}/cases")
    async def make(request: Request) -> Response:
        return await posted(request, sessions, _make, f"{PATH}/cases")

    @router.get(f"{PATH}/cases/{{case_id}}", dependencies=unchanged)
    def case(request: Request, case_id: Id, done: int = 0, seen: int | None = None) -> Response:
        caller = sessions.caller(request)
        if caller is None:
            return to_sign_in(f"{PATH}/cases/{quote(case_id, safe='')}")
        recent = lake.recent()
        return _case_page(
            case_id, caller, **done_of(recent, done, seen), **notices_of(recent, request, caller)
        )

    @router.post(f"{PATH}/cases/{{case_id}}/decisions")
    async def decide_case(request: Request, case_id: Id) -> Response:
        return await posted(
            request, sessions, lambda form, caller: _decide(case_id, form, caller),
            f"{PATH}/cases/{quote(case_id, safe='')}",
        )  # fmt: skip

    @router.get(f"{PATH}/cases/{{case_id}}/pack")
    def pack(request: Request, case_id: Id) -> Response:
        caller = sessions.caller(request)
        if caller is None:
            return to_sign_in(f"{PATH}/cases/{quote(case_id, safe='')}")
        return packed_case(lake, case_id, caller)

    def _form_page(form: Form, caller: Caller, error: str) -> Response:
        """The incidents that were ticked, and which case they are put into."""
        recent = lake.recent()
        found = [existing_incident(recent, one) for one in form.every("incident")]
        ids = {one["incident_id"] for one in found}
        worked = recent.every_incident().incidents
        open_ones = [one for one in cases_of(recent.decisions).values() if one.state == "open"]
        status = HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK
        return page(
            "case_form", caller, status, title="Make a case", page="Cases", error=error, message="",
            rows=[queue_row(one) for one in worked if one.incident["incident_id"] in ids],
            cases=open_ones, typed={"title": form.get("title", ""), "note": form.note,
            "case_id": form.get("case_id", "")}, request_id=str(uuid.uuid4()),
        )  # fmt: skip

    def _make(form: Form, caller: Caller) -> Response:
        """Open a case, or take one that there is, and put each incident into it."""
        title, case_id = text_of(form, "title"), form.get("case_id", "")
        recent = lake.recent()
        incidents = [existing_incident(recent, one) for one in form.every("incident")[:MOST]]
        if not incidents:
            return _form_page(form, caller, "Tick the incidents first.")
        if bool(title) == bool(case_id):
            return _form_page(form, caller, "Either a title opens a case, or one is chosen.")
        landed: list[Decision] = []
        # a double click has the same request, and so the same case
        name = case_id or hashlib.sha256(form.request_id.encode()).hexdigest()[:12]
        drafts = [] if case_id else [
            Draft(about="case", about_id=name, title=title, note=form.note, state="open")
        ]  # fmt: skip
        drafts += [Draft(**about(one), case_id=name) for one in incidents]
        try:
            for number, draft in enumerate(drafts):
                request_id = f"{form.request_id}-{number}"
                done = land_decision(
                    lake, draft, request_id=request_id, by=caller.name, channel=CHANNEL, seen=None
                )
                landed.append(done.decision)
        except DecisionError as error:
            return _form_page(form, caller, str(error))
        return redirect(f"{PATH}/cases/{name}")

    def _case_page(
        case_id: str, caller: Caller, status: int = HTTPStatus.OK, **more: Any
    ) -> Response:
        recent = lake.recent()
        decisions = recent.decisions
        case = case_named(decisions, case_id)
        worked = recent.every_incident().incidents
        members = [one for one in worked if one.state.case_id == case.case_id]
        ids = {each for one in members for each in one.incident["alert_ids"]}
        ids |= {one.alert_id for one in decisions if one.case_id == case.case_id}
        of_case = [
            one
            for one in decisions
            if one.alert_id in ids or (one.about == "case" and one.about_id == case.case_id)
        ]
        accounts = dict.fromkeys(
            (venue, account)
            for one in members
            for account in one.incident["accounts"]
            for venue in one.incident["venues"]
        )
        shared = {"error": "", "message": "", "typed": ""}
        return page(
            "case", caller, status, **shared | more, title=case.title or case.case_id, page="Cases",
            case=case, rows=[queue_row(one, recent.money) for one in members],
            accounts=list(accounts),
            history=history_rows(of_case, decisions), request_id=str(uuid.uuid4()),
            last=of_case[-1].number, recent=recent,
        )  # fmt: skip

    def _decide(case_id: str, form: Form, caller: Caller) -> Response:
        case = case_named(lake.recent().decisions, case_id)
        act, seen = form.get("act", ""), whole(form.get("seen"))
        draft = Draft(about="case", about_id=case.case_id)
        if act == "undo":
            draft = replace(draft, takes_back=whole(form.get("takes_back")))
        elif act == "rename":
            draft = replace(draft, title=text_of(form, "title"))
        elif act == "take-out":
            found = existing_incident(lake.recent(), form.get("incident", ""))
            draft = Draft(**about(found), case_id="")
        else:
            draft = replace(draft, note=form.note, **ACTS.get(act, {}))
        try:
            done = land_decision(
                lake, draft, request_id=form.request_id, by=caller.name, channel=CHANNEL, seen=seen
            )
        except DecisionError as error:
            return _case_page(
                case.case_id, caller, HTTPStatus.UNPROCESSABLE_ENTITY, error=str(error),
                typed=form.note,
            )  # fmt: skip
        others = f"&seen={seen or 0}" if done.meanwhile else ""
        return redirect(f"{PATH}/cases/{case.case_id}?done={done.decision.number}{others}")

    return router
