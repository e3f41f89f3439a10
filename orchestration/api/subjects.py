"""Routes about subjects: one account, and every trade behind an incident."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import StreamingResponse

from assets.alerts.incident_reading import alerts_of_incident
from assets.alerts.incident_trades import every_trade
from assets.subjects.accounts import Account
from orchestration.api.access import Needs
from orchestration.api.account_view import account_view
from orchestration.api.incident_context import csv_lines
from orchestration.api.reading import Id, Row, Text, decided, existing_incident
from orchestration.api.shared_lake import SharedLake

AccountId = Annotated[Text, Path(min_length=1, max_length=500, description="As in core.trades.")]


def routes_of_subjects(lake: SharedLake, needs: Needs) -> APIRouter:
    """The routes, each for callers that may read."""
    router = APIRouter(dependencies=[Depends(needs("read"))])

    @router.get("/accounts/{account_id:path}")
    def account(
        account_id: AccountId,
        venue: Annotated[Text, Query(max_length=500, description="Market with its own id space.")],
    ) -> Row:
        """One account: facts, symbols, counterparties, days and incidents of the last 30 days."""
        found = account_view(lake, Account(venue, account_id))
        incidents = [
            decided(one.worked.incident, one.worked.state)
            | {"is_named": one.is_named, "share": one.share}
            for one in found["involved"]
        ]
        facts = {name: found[name] for name in ("facts", "until", "symbols", "counterparties")}
        return facts | {"days": [asdict(one) for one in found["days"]], "incidents": incidents}

    @router.get("/incidents/{incident_id}/trades.csv", response_class=StreamingResponse)
    def trades(incident_id: Id) -> StreamingResponse:
        """Every trade behind an incident as CSV, in order of time, the columns of `core.trades`."""
        return incident_csv(lake, incident_id)

    return router


def incident_csv(lake: SharedLake, incident_id: str) -> StreamingResponse:
    """The trades of an incident as a file; a Refusal where there is no such incident."""
    recent = lake.recent()
    found = existing_incident(recent, incident_id)
    lines = csv_lines(every_trade(lake, alerts_of_incident(recent, found)))
    name = f'attachment; filename="trades-{found["incident_id"][:12]}.csv"'
    return StreamingResponse(
        lines, media_type="text/csv; charset=utf-8", headers={"Content-Disposition": name}
    )
