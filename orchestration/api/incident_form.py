"""The page of one incident, and its form: a decision is one post and one landed object."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from assets.alerts.reading import Wanted
from assets.cases.deciding import about
from assets.cases.decision import DecisionError, Draft
from assets.cases.reading import worked_queue
from orchestration.api.access import Caller
from orchestration.api.deciding import land_decision
from orchestration.api.incident_chart import From, Until
from orchestration.api.incident_view import incident_view
from orchestration.api.page import done_of, page, redirect, to_sign_in
from orchestration.api.problems import Refusal
from orchestration.api.reading import Id, existing_incident
from orchestration.api.sessions import PATH, Sessions
from orchestration.api.shared_lake import SharedLake
from orchestration.api.unchanged import unless_unchanged

CHANNEL = "page"
ACTS: dict[str, dict[str, str]] = {
    "close": {"state": "closed"},
    "escalate": {"state": "escalated"},
    "reopen": {"state": "open"},
    "give-back": {"assignee": ""},
    "comment": {},
}


def routes_of_incident(lake: SharedLake, sessions: Sessions) -> APIRouter:
    """The page and what its form posts to."""
    router = APIRouter(include_in_schema=False)

    @router.get(
        f"{PATH}/incidents/{{incident_id}}",
        dependencies=[Depends(unless_unchanged(lake, sessions.caller))],
    )
    def incident(
        request: Request,
        incident_id: Id,
        start: From = None,
        until: Until = None,
        state: str = "open",
        done: int = 0,
    ) -> Response:
        caller = sessions.caller(request)
        if caller is None:
            return to_sign_in()
        recent = lake.recent()
        found = existing_incident(recent, incident_id)
        return page(
            "incident", caller, page="", state=state, error="", message=done_of(recent, done),
            program=lake.settings.program,
            **incident_view(lake, found, {}, state=state, asked=(start, until)),
        )  # fmt: skip

    @router.post(f"{PATH}/incidents/{{incident_id}}/decisions")
    async def decide_incident(request: Request, incident_id: Id) -> Response:
        form = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
        return await run_in_threadpool(_decide, request, incident_id, form)

    def _decide(request: Request, incident_id: str, form: Mapping[str, str]) -> Response:
        caller = sessions.caller(request)
        if caller is None:
            return to_sign_in()
        if caller.scope == "read":
            raise Refusal(HTTPStatus.FORBIDDEN, "your key reads; to decide takes another")
        recent = lake.recent()
        found = existing_incident(recent, incident_id)
        state = form.get("from_state", "open")
        open_ones = worked_queue(
            recent, Wanted(), states=("open", "in review"), decisions=recent.decisions
        ).incidents
        waiting = [one.incident["incident_id"] for one in open_ones]
        try:
            landed = land_decision(
                lake, _draft(found, form, caller), request_id=form.get("request_id", "")[:100],
                by=caller.name, channel=CHANNEL, seen=_whole(form.get("seen")),
            )  # fmt: skip
        except DecisionError as error:
            typed = {"verdict": form.get("verdict", ""), "note": form.get("note", "")}
            typed["reason"] = form.get(f"reason_{typed['verdict']}", "")
            return page(
                "incident", caller, HTTPStatus.UNPROCESSABLE_ENTITY, page="", state=state,
                error=str(error), message="", program=lake.settings.program,
                **incident_view(lake, found, typed),
            )  # fmt: skip
        query = urlencode({"state": state, "done": landed.decision.number})
        if form.get("act") != "close":
            return redirect(f"{PATH}/incidents/{found['incident_id']}?{query}")
        place = waiting.index(found["incident_id"]) if found["incident_id"] in waiting else -1
        following = [one for one in waiting[place + 1 :] if one != found["incident_id"]]
        after = f"/incidents/{following[0]}" if following else ""
        return redirect(f"{PATH}{after}?{query}")

    return router


def _draft(incident: dict[str, Any], form: Mapping[str, str], caller: Caller) -> Draft:
    """What a form says; DecisionError where it says nothing that can be decided."""
    act = form.get("act", "")
    if act == "undo":
        return Draft(**about(incident), takes_back=_whole(form.get("takes_back")))
    parts: dict[str, Any] = {"assignee": caller.name} if act == "take" else dict(ACTS.get(act, {}))
    verdict = form.get("verdict") or None
    if act in ("close", "escalate") and verdict is not None:
        if verdict not in ("true", "false", "unclear"):
            raise DecisionError(f"a verdict is true, false or unclear, not {verdict!r}")
        parts |= {"verdict": verdict, "reason": form.get(f"reason_{verdict}") or None}
    return Draft(**about(incident), note=form.get("note", "").replace("\0", ""), **parts)


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 16 else None
