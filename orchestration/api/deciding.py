"""Routes with which people decide: each lands one object in the chain of decisions."""

import uuid
from dataclasses import asdict
from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from assets.cases.deciding import Decided, about, decide
from assets.cases.decision import LONGEST_NOTE, Draft, State, Verdict
from orchestration.api.access import Caller, Needs
from orchestration.api.answers import Landed
from orchestration.api.asked import WITHOUT_NUL
from orchestration.api.reading import Id, Row, existing_incident, naive
from orchestration.api.shared_lake import SharedLake

CHANNEL = "service"


def _storable(text: str) -> str:
    """Text that any reader of the chain can read; surrogates and NUL are none."""
    if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise ValueError("it holds what is no text")
    return text


Storable = Annotated[str, AfterValidator(_storable), WITHOUT_NUL]
Name = Annotated[Storable, Field(max_length=200)]
Note = Annotated[Storable, Field(max_length=LONGEST_NOTE)]
RequestId = Annotated[
    Storable,
    Field(min_length=1, max_length=100, description="The same for a repeat, which lands once."),
]


class Posted(BaseModel):
    """What each decision may say."""

    model_config = ConfigDict(extra="forbid")
    request_id: RequestId = Field(default_factory=lambda: str(uuid.uuid4()))
    note: Note = ""


class OfIncident(Posted):
    """A decision about an incident: a verdict, a state, an assignee, a case, a comment."""

    verdict: Verdict | None = None
    reason: Name | None = None
    state: State | None = None
    assignee: Name | None = None
    case_id: Name | None = None
    takes_back: Annotated[int, Field(ge=1, le=2**53)] | None = None
    seen: Annotated[int, Field(ge=0, le=2**53)] | None = Field(
        None, description="Number of the last decision that its maker knew of."
    )


class OfCase(Posted):
    """A new case, or a change of one."""

    case_id: Annotated[Name, Field(min_length=1)] = Field(
        default_factory=lambda: uuid.uuid4().hex[:12]
    )
    title: Name | None = None
    state: Literal["open", "closed"] | None = None


class OfMute(Posted):
    """Which incidents the queue leaves out, until when."""

    until: AwareDatetime
    detector: Name = ""
    venue: Name = ""
    symbol: Name = ""
    subject_id: Name = ""


def land_decision(
    lake: SharedLake, draft: Draft, *, request_id: str, by: str, channel: str, seen: int | None
) -> Decided:
    """As `decide`, on what the service has in memory; the next answer of it shows the decision."""
    recent = lake.recent()
    incidents = [one.incident for one in recent.every_incident().incidents]
    done = decide(
        recent, draft, request_id=request_id, by=by, channel=channel, seen=seen,
        known=recent.decisions, incidents=incidents,
    )  # fmt: skip
    lake.show(done.decision)
    return done


def routes_of_deciding(lake: SharedLake, needs: Needs) -> APIRouter:
    """The routes, each for callers that may decide; who decided is the key's owner."""
    router = APIRouter()
    admit = needs("decide")

    def land(draft: Draft, posted: Posted, caller: Caller, seen: int | None = None) -> Row:
        done = land_decision(
            lake, draft, request_id=posted.request_id, by=caller.name, channel=CHANNEL, seen=seen
        )
        return {
            "decision": asdict(done.decision),
            "meanwhile": [asdict(one) for one in done.meanwhile],
            "muted": done.muted,
        }

    @router.post("/incidents/{incident_id}/decisions", response_model=Landed)
    def decide_incident(
        incident_id: Id, posted: OfIncident, caller: Annotated[Caller, Depends(admit)]
    ) -> Row:
        """Judge, take, comment, escalate, close or reopen an incident, all in one object."""
        incident = existing_incident(lake.recent(), incident_id)
        parts = posted.model_dump(exclude={"request_id", "seen"})
        return land(Draft(**about(incident), **parts), posted, caller, posted.seen)

    @router.post("/cases", response_model=Landed)
    def decide_case(posted: OfCase, caller: Annotated[Caller, Depends(admit)]) -> Row:
        """Open a case, rename it, close it."""
        draft = Draft(
            about="case", about_id=posted.case_id, title=posted.title, state=posted.state,
            note=posted.note,
        )  # fmt: skip
        return land(draft, posted, caller)

    @router.post("/mutes", response_model=Landed)
    def mute(posted: OfMute, caller: Annotated[Caller, Depends(admit)]) -> Row:
        """Leave incidents out of the queue; the answer says how many it hides."""
        draft = Draft(
            about="mute", about_id=uuid.uuid4().hex[:12], note=posted.note,
            mute_detector=posted.detector, mute_venue=posted.venue, mute_symbol=posted.symbol,
            mute_subject_id=posted.subject_id, mute_until=naive(posted.until),
        )  # fmt: skip
        return land(draft, posted, caller)

    return router
