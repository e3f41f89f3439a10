"""Routes that read: symbols, risk, alerts, incidents, cases, decisions, reports."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import Response

from assets.alerts.incident_reading import alerts_of_incident, incident_named
from assets.alerts.reading import alert_named, explanation_of, list_alerts, trades_behind
from assets.cases.chain import verify_chain
from assets.cases.filtering import meant, meant_alerts, wanted_in_sql
from assets.cases.filters import Filter, filter_of_parameters
from assets.cases.pack import pack_of, zipped
from assets.cases.reading import history
from assets.cases.reasons import reasons_for
from assets.cases.recording import noted_digests
from assets.cases.state import IncidentState, cases_of, decisions_by_alert, mutes_of, state_of
from assets.risk import market_reading as risk
from orchestration.api.access import Caller, Needs, admitted
from orchestration.api.answers import (
    Alert,
    AlertCount,
    Anomaly,
    Case,
    CaseInFull,
    Chain,
    Decisions,
    Explained,
    Incident,
    IncidentInFull,
    Market,
    Mute,
    Page,
    SymbolRisk,
    Trades,
)
from orchestration.api.asked import Text, Words, asker_of, filter_asked
from orchestration.api.problems import Refusal, silent_lake
from orchestration.api.recent import Recent
from orchestration.api.shared_lake import SharedLake
from orchestration.api.unchanged import unless_unchanged

Row = dict[str, Any]
MOST = 1_000
AlertSort = Literal["time", "severity", "score", "detector", "venue", "symbol"]


def naive(moment: datetime) -> datetime:
    """The moment in UTC, without its zone, as the lake has times."""
    return moment.astimezone(UTC).replace(tzinfo=None)


Id = Annotated[Text, Path(min_length=1, max_length=64, description="An id, or its beginning.")]
Limit = Annotated[int, Query(ge=1, le=MOST)]
After = Annotated[Text | None, Query(description="The id that the page before ended with.")]


def page_of(rows: Sequence[Row], id: str, after: str | None, limit: int) -> Row:
    """The rows after an id, at most `limit`; a Refusal where no row has that id any more."""
    start = 0
    if after is not None:
        places = [place for place, row in enumerate(rows) if row[id] == after]
        if not places:
            raise Refusal(
                HTTPStatus.NOT_FOUND, f"no row has the {id} {after!r} any more: begin anew"
            )
        start = places[0] + 1
    shown = list(rows[start : start + limit])
    return {"rows": shown, "next_after": shown[-1][id] if start + limit < len(rows) else None}


def decided(incident: Row, state: IncidentState) -> Row:
    """An incident with what was decided of it."""
    return incident | {"work": asdict(state)}


def routes_of_reading(lake: SharedLake, needs: Needs) -> APIRouter:
    """The routes, each for callers that may read."""
    admit = needs("read")
    reading = Depends(admit)
    router = APIRouter(dependencies=[reading, Depends(unless_unchanged(lake, admitted))])
    # of the store, which has no snapshot
    untagged = APIRouter(dependencies=[reading])

    @router.get("/symbols", response_model=list[Market])
    def symbols() -> list[Row]:
        """Every market with its days, trades and alerts."""
        return lake.recent().remembered("symbols", risk.symbols)

    @router.get("/risk", response_model=list[SymbolRisk])
    def risk_of_day(day: date | None = None) -> list[Row]:
        """The risk of each symbol on a day, the riskiest first; default: the last day."""
        return lake.recent().remembered(("risk", day), lambda recent: risk.risk_of_day(recent, day))

    @router.get("/scores/latest", response_model=list[Anomaly])
    def latest_scores() -> list[Row]:
        """Of each market the last five minutes that the day's model scored."""
        return risk.latest_scores(lake)

    @router.get("/stats", response_model=list[AlertCount])
    def stats() -> list[Row]:
        """Alerts by day, detector and severity."""
        return lake.recent().remembered("stats", risk.alert_counts)

    @router.get("/alerts", response_model=Page[Alert])
    def alerts(
        caller: Annotated[Caller, Depends(admit)],
        asked: Annotated[Filter, Depends(filter_asked)],
        status: Annotated[list[Literal["open", "closed", "superseded"]] | None, Query()] = None,
        sort: AlertSort = "time",
        after: After = None,
        limit: Limit = 100,
    ) -> Row:
        """The current alerts; without a status all but superseded ones."""
        asker, recent = asker_of(caller), lake.recent()
        exact = wanted_in_sql(asked, asker)
        wanted = replace(exact, words={**exact.words, "status": tuple(status or ())})
        alerts = recent.remembered(
            ("alerts", repr(wanted), sort), lambda recent: list_alerts(recent, wanted, sort)
        )
        incidents = recent.every_incident().incidents
        found = meant_alerts(alerts, incidents, asked, asker, recent.money)
        return page_of(found, "alert_id", after, limit)

    @router.get("/alerts/{alert_id}", response_model=Explained)
    @router.get("/alerts/{alert_id}/explain", response_model=Explained)
    def alert(alert_id: Id) -> Row:
        """One alert: its numbers, who is behind it, the largest of its trades."""
        known = existing_alert(lake.recent(), alert_id)
        # of an alert that has not grown, what it says is that of minutes ago
        key = ("explain", known["alert_id"], known["window_end_at"], known["status"])
        _, explained = lake.once(
            key, lambda _, connection: asdict(explanation_of(connection, known)), seconds=300
        )
        if explained is None:
            raise silent_lake()
        return explained

    @router.get("/alerts/{alert_id}/trades", response_model=Trades)
    def trades(alert_id: Id, limit: Limit = 100, offset: Annotated[int, Query(ge=0)] = 0) -> Row:
        """The trades behind an alert, in order of time."""
        columns, rows = trades_behind(lake, existing_alert(lake.recent(), alert_id))
        return {"columns": columns, "count": len(rows), "rows": rows[offset : offset + limit]}

    @router.get("/incidents", response_model=Page[Incident])
    def incidents(
        caller: Annotated[Caller, Depends(admit)],
        asked: Annotated[Filter, Depends(filter_asked)],
        status: Words = None,
        sort: Text | None = None,
        after: After = None,
        limit: Limit = 100,
    ) -> Row:
        """The queue with what was decided; muted incidents only where `status` asks for them."""
        own = [("status", one) for one in status or ()] + ([("sort", sort)] if sort else [])
        wanted, recent = filter_of_parameters([*asked.parameters, *own]), lake.recent()
        asker = asker_of(caller)
        incidents = recent.incidents_of(wanted_in_sql(wanted, asker))
        worked = meant(incidents, wanted, asker, recent.money)
        rows = [one.incident | {"work": one.state} for one in worked.incidents]
        return page_of(rows, "incident_id", after, limit)

    @router.get("/incidents/{incident_id}", response_model=IncidentInFull)
    def incident(incident_id: Id) -> Row:
        """One incident: its alerts, its state, its history, and the reasons that fit a verdict."""
        recent = lake.recent()
        found = existing_incident(recent, incident_id)
        state = state_of(found, decisions_by_alert(recent.decisions))
        return decided(found, state) | {
            "alerts": alerts_of(recent, found),
            "history": [asdict(one) for one in history(found, recent.decisions)],
            "reasons": [asdict(one) for one in reasons_for(found["typology"])],
        }

    @router.get("/cases", response_model=list[Case])
    def cases() -> list[Row]:
        """Every case."""
        return [asdict(one) for one in cases_of(lake.recent().decisions).values()]

    @router.get("/cases/{case_id}", response_model=CaseInFull)
    def case(case_id: Id) -> Row:
        """One case with its incidents."""
        recent = lake.recent()
        every = cases_of(recent.decisions)
        if case_id not in every:
            raise Refusal(HTTPStatus.NOT_FOUND, f"there is no case {case_id!r}")
        worked = recent.every_incident()
        members = [
            decided(one.incident, one.state)
            for one in worked.incidents
            if one.state.case_id == case_id
        ]
        return asdict(every[case_id]) | {"incidents": members}

    @router.get(
        "/cases/{case_id}/pack",
        response_class=Response,
        responses={HTTPStatus.OK: {"content": {"application/zip": {}}}},
    )
    def pack(case_id: Id, caller: Annotated[Caller, Depends(admit)]) -> Response:
        """A case as an archive that proves itself: page, evidence, decisions, manifest."""
        return packed_case(lake, case_id, caller)

    @router.get("/mutes", response_model=list[Mute])
    def mutes() -> list[Row]:
        """The mutes that hold."""
        return [asdict(one) for one in mutes_of(lake.recent().decisions)]

    @router.get("/decisions", response_model=Decisions)
    def decisions(after: Annotated[int, Query(ge=0, le=2**53)] = 0, limit: Limit = 100) -> Row:
        """What people decided, oldest first, after a number; `count` is of all."""
        decisions = lake.recent().decisions
        later = [one for one in decisions if one.number > after]
        return {"count": len(decisions), "rows": [asdict(one) for one in later[:limit]]}

    @untagged.get("/decisions/chain", response_model=Chain)
    def chain() -> Row:
        """Check every object of the chain of decisions: how many there are; an error if not."""
        with lake.connect() as connection:
            noted = noted_digests(connection)
        return {"count": verify_chain(lake.objects, noted)}

    every = APIRouter()
    every.include_router(router)
    every.include_router(untagged)
    return every


def existing_incident(recent: Recent, incident_id: str) -> Row:
    """The incident whose id begins so; a Refusal where there is none."""
    found = recent.remembered(
        ("incident", incident_id), lambda recent: incident_named(recent, incident_id)
    )
    if found is None:
        raise Refusal(HTTPStatus.NOT_FOUND, f"no incident's id begins with {incident_id!r}")
    return found


def alerts_of(recent: Recent, incident: Row) -> list[Row]:
    """The alerts of an incident, by time."""
    return recent.remembered(
        ("alerts of", incident["incident_id"], incident["revision"]),
        lambda recent: alerts_of_incident(recent, incident),
    )


def existing_alert(recent: Recent, alert_id: str) -> Row:
    """The alert whose id begins so; a LakeError where there is none."""

    def read(recent: Recent) -> Row:
        with recent.connect() as connection:
            return alert_named(connection, alert_id)

    return recent.remembered(("alert", alert_id), read)


def packed_case(lake: SharedLake, case_id: str, caller: Caller) -> Response:
    """The pack of a case as an archive, exported by the caller."""
    now = naive(datetime.now(UTC)).replace(microsecond=0)
    archive = zipped(pack_of(lake, case_id, by=caller.name, at=now))
    # an id is of our own making, or of letters that a header can have
    name = "".join(one for one in case_id if one.isascii() and one.isalnum())
    headers = {
        "Content-Disposition": f'attachment; filename="case-{name}.zip"',
        "Cache-Control": "no-store",
    }
    return Response(archive, media_type="application/zip", headers=headers)
