"""The page of one incident, and its form: a decision is one post and one landed object."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from assets.cases.deciding import about
from assets.cases.decision import DecisionError, Draft
from assets.cases.filtering import choose, wanted_in_sql
from orchestration.api.access import Caller
from orchestration.api.asked import asker_of
from orchestration.api.deciding import land_decision
from orchestration.api.desk_filter import queue_filter
from orchestration.api.forms import CHANNEL, Form, posted, text_of, whole
from orchestration.api.incident_chart import From, Until
from orchestration.api.incident_view import incident_view
from orchestration.api.page import done_of, notices_of, page, redirect, to_sign_in
from orchestration.api.reading import Id, existing_incident
from orchestration.api.recent import Recent
from orchestration.api.sessions import PATH, Sessions
from orchestration.api.shared_lake import SharedLake
from orchestration.api.unchanged import unless_unchanged

ACTS: dict[str, dict[str, str]] = {
    "close": {"state": "closed"},
    "escalate": {"state": "escalated"},
    "reopen": {"state": "open"},
    "give-back": {"assignee": ""},
    "take-out": {"case_id": ""},
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
        back: str = "",
        done: int = 0,
        seen: int | None = None,
    ) -> Response:
        caller = sessions.caller(request)
        if caller is None:
            return to_sign_in(f"{PATH}/incidents/{incident_id}")
        recent = lake.recent()
        found = existing_incident(recent, incident_id)
        return page(
            "incident", caller, page="", back=_safe(back), error="",
            **done_of(recent, done, seen, back=_safe(back)), program=lake.settings.program,
            **notices_of(recent, request, caller),
            **incident_view(lake, found, {}, back=_safe(back), asked=(start, until)),
        )  # fmt: skip

    @router.post(f"{PATH}/incidents/{{incident_id}}/decisions")
    async def decide_incident(request: Request, incident_id: Id) -> Response:
        return await posted(
            request, sessions, lambda form, caller: _decide(incident_id, form, caller),
            f"{PATH}/incidents/{incident_id}",
        )  # fmt: skip

    def _decide(incident_id: str, form: Form, caller: Caller) -> Response:
        recent = lake.recent()
        found = existing_incident(recent, incident_id)
        back, seen = _safe(form.get("back", "")), whole(form.get("seen"))
        following = _following(recent, found["incident_id"], back, caller)
        try:
            landed = land_decision(
                lake, _draft(found, form, caller), request_id=form.request_id,
                by=caller.name, channel=CHANNEL, seen=seen,
            )  # fmt: skip
        except DecisionError as error:
            typed = {"verdict": form.get("verdict", ""), "note": form.note}
            typed["reason"] = form.get(f"reason_{typed['verdict']}", "")
            return page(
                "incident", caller, HTTPStatus.UNPROCESSABLE_ENTITY, page="", back=back,
                error=str(error), message="", program=lake.settings.program,
                **incident_view(lake, found, typed, back=back),
            )  # fmt: skip
        query: dict[str, Any] = {"done": landed.decision.number}
        if landed.meanwhile:
            # the page says what others decided: so it is the incident's own, not the next one's
            query["seen"] = seen or 0
        if form.get("act") == "close" and not landed.meanwhile:
            after = f"/incidents/{following}" if following else ""
        else:
            after = f"/incidents/{found['incident_id']}"
        own = f"back={urlencode({'': back})[1:]}&" if back and after else ""
        tail = f"{own}{urlencode(query)}" if after or not back else f"{back}&{urlencode(query)}"
        return redirect(f"{PATH}{after}?{tail}")

    return router


def _safe(back: str) -> str:
    """The queue's parameters that a page was opened from, as they are written; else none."""
    return urlencode(queue_filter(back).parameters) if back else ""


def _following(recent: Recent, incident_id: str, back: str, caller: Caller) -> str:
    """The next incident to work on in the queue that the page was opened from; '' is none.

    A double click finds the incident closed already: the others have their places still.
    """
    wanted = queue_filter(back).with_term("status", *ANY)
    asker = asker_of(caller)
    worked = recent.incidents_of(wanted_in_sql(wanted, asker))
    ordered = choose(worked.incidents, wanted, asker, recent.money)
    ids = [one.incident["incident_id"] for one in ordered]
    place = ids.index(incident_id) if incident_id in ids else -1
    return next(
        (
            one.incident["incident_id"]
            for one in ordered[place + 1 :]
            if one.state.state in ("open", "in review")
        ),
        "",
    )


ANY = ("open", "in-review", "escalated", "closed")


def _draft(incident: dict[str, Any], form: Mapping[str, str], caller: Caller) -> Draft:
    """What a form says; DecisionError where it says nothing that can be decided."""
    act = form.get("act", "")
    of = about(incident)
    # of an incident that grew meanwhile the person has judged what the page showed
    of["incident_revision"] = min(
        whole(form.get("revision")) or of["incident_revision"], of["incident_revision"]
    )
    if act == "undo":
        return Draft(**of, takes_back=whole(form.get("takes_back")))
    note = form.get("note", "").replace("\0", "").replace("\r\n", "\n")
    parts: dict[str, Any] = dict(ACTS.get(act, {}))
    if act == "take":
        parts = {"assignee": caller.name}
    if act == "assign":
        parts = {"assignee": text_of(form, "assignee")}
        if not parts["assignee"]:
            raise DecisionError("to give it to somebody takes their name")
    verdict = form.get("verdict") or None
    if act in ("close", "escalate") and verdict is not None:
        if verdict not in ("true", "false", "unclear"):
            raise DecisionError(f"a verdict is true, false or unclear, not {verdict!r}")
        parts |= {"verdict": verdict, "reason": form.get(f"reason_{verdict}") or None}
    if act == "comment" and not note.strip():
        raise DecisionError("a comment has a note")
    return Draft(**of, note=note, **parts)
