"""Mutes: a form that counts what it would have muted before it is saved, and lifting one."""

import hashlib
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import Response

from assets.cases.deciding import as_mute
from assets.cases.decision import Decision, DecisionError, Draft, check
from assets.cases.moments import moment_of
from assets.cases.muting import SCOPE, scope_of, would_mute
from assets.detection.detector import detectors
from orchestration.api.access import Caller
from orchestration.api.deciding import land_decision
from orchestration.api.forms import CHANNEL, Form, posted, text_of, whole
from orchestration.api.page import page, redirect, to_sign_in
from orchestration.api.reading import Id
from orchestration.api.sessions import PATH, Sessions
from orchestration.api.shared_lake import SharedLake

MUTED = f"{PATH}?status=muted"


def routes_of_mutes(lake: SharedLake, sessions: Sessions) -> APIRouter:
    """The form, what it posts to, and lifting."""
    router = APIRouter(include_in_schema=False)

    @router.get(f"{PATH}/mutes/new")
    def new(request: Request) -> Response:
        caller = sessions.caller(request)
        if caller is None:
            return to_sign_in(f"{PATH}/mutes/new?{request.url.query}")
        return _form_page(Form(request.query_params.multi_items()), caller, "")

    @router.post(f"{PATH}/mutes")
    async def mute(request: Request) -> Response:
        return await posted(request, sessions, _mute, f"{PATH}/mutes/new")

    @router.post(f"{PATH}/mutes/{{mute_id}}/decisions")
    async def lift(request: Request, mute_id: Id) -> Response:
        def work(form: Form, caller: Caller) -> Response:
            draft = Draft(
                about="mute", about_id=mute_id, takes_back=whole(form.get("takes_back")),
                note=form.note,
            )  # fmt: skip
            done = _land(draft, form, caller)
            return redirect(f"{MUTED}&done={done.number}")

        return await posted(request, sessions, work, MUTED)

    def _land(draft: Draft, form: Form, caller: Caller) -> Decision:
        return land_decision(
            lake, draft, request_id=form.request_id, by=caller.name, channel=CHANNEL, seen=None
        ).decision

    def _mute(form: Form, caller: Caller) -> Response:
        """Save it where its count was shown; else show the count first."""
        try:
            draft = _draft(form)
            now = datetime.now(UTC).replace(tzinfo=None)
            check(draft, typology="", verdict=None, now=now)
            if form.get("counted") != scope_of(form):
                return _form_page(form, caller, "", is_confirmed=True)
            done = _land(draft, form, caller)
        except DecisionError as error:
            return _form_page(form, caller, str(error))
        return redirect(f"{MUTED}&done={done.number}")

    def _form_page(
        form: Form, caller: Caller, error: str, *, is_confirmed: bool = False
    ) -> Response:
        counted = ""
        try:
            draft = _draft(form)
            now = datetime.now(UTC).replace(tzinfo=None)
            mute = as_mute(replace(draft, mute_until=draft.mute_until or now), caller.name, now)
            if draft.mute_detector or draft.mute_symbol or draft.mute_subject_id:
                recent = lake.recent()
                counted = would_mute(mute, recent.every_incident().incidents).sentence
        except DecisionError as fault:
            error = error or str(fault)
        status = HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK
        return page(
            "mute_form", caller, status, title="Mute", page="Queue", error=error, message="",
            detectors=[one.name for one in detectors()], counted=counted,
            typed={name: form.get(name, "") for name in (*SCOPE, "until", "note")},
            scope=scope_of(form) if counted else "", is_confirmed=is_confirmed,
            request_id=form.request_id or str(uuid.uuid4()),
        )  # fmt: skip

    return router


def _draft(form: Form) -> Draft:
    """What a form mutes; DecisionError where its end is no time."""
    until = None
    if written := text_of(form, "until"):
        try:
            until = moment_of(written, datetime.now(UTC).replace(tzinfo=None))
        except ValueError as error:
            raise DecisionError(f"until is {error}; was {written!r}") from None
    # a double click has the same request, and so mutes once
    return Draft(
        about="mute", about_id=hashlib.sha256(form.request_id.encode()).hexdigest()[:12],
        note=form.note, mute_detector=text_of(form, "detector"),
        mute_venue=text_of(form, "venue"), mute_symbol=text_of(form, "symbol"),
        mute_subject_id=text_of(form, "subject_id"), mute_until=until,
    )  # fmt: skip
