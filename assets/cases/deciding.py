"""Decide: check what a person says of an incident, land it, and say what others said meanwhile."""

import getpass
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from duckdb import DuckDBPyConnection

from assets.alerts.incident_reading import parsed
from assets.alerts.severity import ORDER
from assets.alerts.tables import INCIDENTS
from assets.cases.chain import append
from assets.cases.decision import Decision, DecisionError, Draft, check
from assets.cases.filtering import Asker
from assets.cases.recording import every_decision, link_after, with_later
from assets.cases.state import (
    IncidentState,
    Mute,
    cases_of,
    decisions_by_alert,
    state_of,
)
from assets.lake.lake import Lake
from assets.lake.settings import Settings
from reports.queries import rows

USER = "TAPEWATCH_USER"


@dataclass(frozen=True)
class Decided:
    """What landed, and what others decided of the same incident after the person had read it."""

    decision: Decision
    meanwhile: tuple[Decision, ...] = ()
    muted: int = 0
    """Of a mute: how many of the present incidents it hides."""


def decider(settings: Settings) -> str:
    """Who decides on this command line: `TAPEWATCH_USER`, or the operating system's account.

    DecisionError in services mode without the first: an account of one machine is nobody there.
    """
    if named := os.environ.get(USER, "").strip():
        return named
    if settings.catalog is not None or settings.s3_bucket is not None:
        raise DecisionError(f"the lake is shared, so a decision names who made it: set {USER}")
    return getpass.getuser()


def asker_of(settings: Settings) -> Asker:
    """Who asks on this command line, now; nobody where a shared lake is told no name."""
    now = datetime.now(UTC).replace(tzinfo=None)
    try:
        return Asker(decider(settings), now)
    except DecisionError:
        return Asker("", now)


def about(incident: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a draft that say which incident it is about; its row has lists as lists."""
    return {
        "about": "incident",
        "about_id": incident["incident_id"],
        "alert_id": incident["alert_ids"][0],
        "incident_revision": incident["revision"],
    }


def decide(
    lake: Lake,
    draft: Draft,
    *,
    request_id: str,
    by: str,
    channel: str,
    seen: int | None = None,
    known: Sequence[Decision] = (),
    incidents: Sequence[dict[str, Any]] | None = None,
    now: datetime | None = None,
) -> Decided:
    """Land a decision, DecisionError where it lacks something or is about nothing that exists.

    `seen` is the number of the last decision that the person knew of; `known` are decisions that
    the caller has read, from the first on, and `incidents` the current ones. A request that has
    landed before gives its decision again.
    """
    at = now or datetime.now(UTC).replace(tzinfo=None)
    with lake.connect() as connection:
        decisions = with_later(lake.objects, known) if known else every_decision(lake, connection)
        if incidents is None:
            incidents = _incidents_about(connection, draft)
        draft = replace(draft, snapshot_id=lake.snapshot_id(connection))
    muted: list[dict[str, Any]] = []
    if draft.about == "mute" and draft.takes_back is None:
        muted = [one for one in incidents if as_mute(draft, by, at).hides(one)]
        gravest = max((one["severity"] for one in muted), key=ORDER.index, default=None)
        draft = replace(draft, mute_severity=gravest)
    incident, state = _present(draft, incidents, decisions)
    check(draft, typology=incident.get("typology", ""), verdict=state.verdict, now=at)
    repeated = [one for one in decisions if one.request_id == request_id]
    decision = (
        repeated[0]
        if repeated
        else append(
            lake.objects,
            draft,
            request_id=request_id,
            by=by,
            at=at,
            channel=channel,
            after=link_after(decisions),
        )
    )
    return Decided(decision, _meanwhile(decision, decisions, seen), len(muted))


def _incidents_about(connection: DuckDBPyConnection, draft: Draft) -> list[dict[str, Any]]:
    # of thousands only those that are needed: each is a row of forty columns
    found = rows(
        connection,
        f"from lake.{INCIDENTS.name} where status != 'superseded' "
        "and ($about = 'mute' or contains(alert_ids, $alert_id))",
        {"about": draft.about, "alert_id": draft.alert_id},
    )
    return [parsed(row) for row in found]


def as_mute(draft: Draft, by: str, at: datetime) -> Mute:
    """The mute that a draft would make, of whatever severity; DecisionError without an end."""
    if draft.mute_until is None:
        raise DecisionError("a mute ends at a time to come, within a year")
    return Mute(
        draft.about_id, draft.mute_detector, draft.mute_venue, draft.mute_symbol,
        draft.mute_subject_id, draft.mute_until, None, draft.note, by, at,
    )  # fmt: skip


def _present(
    draft: Draft, incidents: Sequence[dict[str, Any]], decisions: Sequence[Decision]
) -> tuple[dict[str, Any], IncidentState]:
    """The incident that a draft is about, and its state; empty ones for a case or a mute."""
    if draft.takes_back is not None and draft.takes_back not in {one.number for one in decisions}:
        raise DecisionError(f"there is no decision {draft.takes_back} to take back")
    if draft.case_id and draft.case_id not in cases_of(decisions):
        raise DecisionError(f"there is no case {draft.case_id}")
    if draft.about != "incident":
        return {}, IncidentState()
    named = [one for one in incidents if draft.alert_id in one["alert_ids"]]
    if not named:
        raise DecisionError(f"there is no incident {draft.about_id} any more")
    return named[0], state_of(named[0], decisions_by_alert(decisions))


def _meanwhile(
    decision: Decision, decisions: Sequence[Decision], seen: int | None
) -> tuple[Decision, ...]:
    if seen is None:
        return ()
    return tuple(
        one
        for one in decisions
        if one.about_id == decision.about_id and seen < one.number < decision.number
    )
