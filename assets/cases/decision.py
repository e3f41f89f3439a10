"""One decision of a person: what it says, what it must say, and its bytes in the object store."""

import hashlib
import json
from collections.abc import Collection
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from assets.alerts.severity import ORDER, Severity
from assets.cases.reasons import reasons_for
from assets.lake import LakeError

About = Literal["incident", "case", "mute"]
Verdict = Literal["true", "false", "unclear"]
State = Literal["open", "in review", "escalated", "closed"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
LONGEST_NOTE = 4_000
LONGEST_MUTE = timedelta(days=366)


class DecisionError(LakeError):
    """A decision that lacks something, or contradicts itself."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """What somebody decides; every part that it says nothing of is None or empty."""

    about: About
    """incident, case or mute."""
    about_id: str
    """Id of that incident, case or mute."""
    alert_id: str = ""
    """The incident's first alert, by which it is found again when it has grown."""
    incident_revision: int | None = None
    """The revision of the incident that the decision was made on."""
    snapshot_id: int | None = None
    """The lake's snapshot that the decision was made on."""
    verdict: Verdict | None = None
    """true (it is what it says), false (it is not), unclear (this data cannot tell)."""
    reason: str | None = None
    """Code of the reason for the verdict."""
    note: str = ""
    """Plain text."""
    state: State | None = None
    """The state from now on: open, in review, escalated or closed."""
    assignee: str | None = None
    """Who works on it from now on; '' is nobody."""
    case_id: str | None = None
    """The case that the incident belongs to from now on; '' is none."""
    title: str | None = None
    """The case's."""
    takes_back: int | None = None
    """Number of the decision that does not count any more."""
    mute_detector: str = ""
    """Which detector is muted; '' is each, as of the three fields below."""
    mute_venue: str = ""
    """Which venue is muted."""
    mute_symbol: str = ""
    """Which symbol is muted."""
    mute_subject_id: str = ""
    """Which account, owner or market is muted."""
    mute_until: datetime | None = None
    """Incidents that end then or later are not muted, UTC."""
    mute_severity: Severity | None = None
    """Graver incidents are not muted: the gravest that it muted when it was made."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision(Draft):
    """A decision as it landed: one row of `cases.decisions`, one object of the chain."""

    number: int
    """Counts all decisions of the lake, from 1 on."""
    previous_digest: str
    """SHA-256 of the object before it; of the first one 64 zeros."""
    request_id: str
    """The same for a repeat of one request, which lands once."""
    decided_at: datetime
    """UTC."""
    decided_by: str
    """Owner of the key, `TAPEWATCH_USER`, or the account of the operating system."""
    channel: str
    """Where it was decided: command line, page or service."""
    digest: str
    """SHA-256 of the object, in hex."""


def landed(draft: Draft, **stamps: Any) -> tuple[Decision, bytes]:
    """The draft as a decision, and its object: JSON, one field a line, in the order of the names.

    `stamps` are the fields of `Decision` but its digest.
    """
    values = asdict(draft) | stamps
    data = json.dumps(values, sort_keys=True, indent=0, default=str).encode()
    return Decision(**values, digest=digest_of(data)), data


def parsed(data: bytes) -> Decision:
    """The decision in an object, DecisionError where the bytes are none.

    Fields of a later version are passed over: its digest is that of the bytes.
    """
    try:
        values: dict[str, Any] = json.loads(data)
        for name in ("decided_at", "mute_until"):
            if values[name] is not None:
                values[name] = datetime.fromisoformat(values[name])
        known = {field.name for field in fields(Decision)} & values.keys()
        return Decision(**{name: values[name] for name in known}, digest=digest_of(data))
    except (ValueError, TypeError, KeyError) as error:
        raise DecisionError(f"it is no decision: {error}") from error


def digest_of(data: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(data).hexdigest()


def check(draft: Draft, *, typology: str, verdict: Verdict | None, now: datetime) -> None:
    """Refuse a draft that lacks what its kind of decision needs, by DecisionError.

    `typology` is the incident's; `verdict` is the one that counted so far.
    """
    if len(draft.note) > LONGEST_NOTE:
        raise DecisionError(f"a note has at most {LONGEST_NOTE:,} letters, not {len(draft.note):,}")
    if draft.verdict is not None:
        _check_verdict(draft, typology)
    if draft.state == "closed" and draft.about == "incident" and not (draft.verdict or verdict):
        raise DecisionError("an incident is closed with a verdict: true, false or unclear")
    if draft.state == "escalated" and not draft.note.strip():
        raise DecisionError("an escalation needs a note that says why")
    if draft.about == "mute" and draft.takes_back is None:
        _check_mute(draft, now)
    if not _says_something(draft):
        raise DecisionError("the decision says nothing")


def _check_verdict(draft: Draft, typology: str) -> None:
    known = reasons_for(typology)
    codes = [one.code for one in known if one.verdict == draft.verdict]
    if draft.reason not in codes:
        _one_of("the reason", draft.reason, codes, f"for a verdict of {draft.verdict}")
    if (draft.verdict == "true" or draft.reason == "other") and not draft.note.strip():
        raise DecisionError(
            "a verdict of true needs a note that says what was seen"
            if draft.verdict == "true"
            else "the reason `other` needs a note that says which"
        )


def _check_mute(draft: Draft, now: datetime) -> None:
    if not (draft.mute_detector or draft.mute_symbol or draft.mute_subject_id):
        raise DecisionError("a mute names a detector, a symbol or a subject")
    if draft.mute_until is None or not now < draft.mute_until <= now + LONGEST_MUTE:
        raise DecisionError("a mute ends at a time to come, within a year")
    if not draft.note.strip():
        raise DecisionError("a mute needs a note that says why")
    if draft.mute_severity is not None and draft.mute_severity not in ORDER:
        _one_of("the severity", draft.mute_severity, ORDER, "of a mute")


def _one_of(what: str, value: str | None, allowed: Collection[str], where: str) -> None:
    raise DecisionError(f"{what} {where} is one of {', '.join(allowed)}, not {value!r}")


def _says_something(draft: Draft) -> bool:
    names = {field.name for field in fields(Draft)}
    names -= {"about", "about_id", "alert_id", "incident_revision", "snapshot_id"}
    return any(getattr(draft, name) not in (None, "") for name in names) or (
        draft.assignee == "" or draft.case_id == ""
    )
