"""The search of the desk: one exact hit opens at once, else there is a list."""

from typing import Annotated, Any
from urllib.parse import urlencode

from duckdb import DuckDBPyConnection
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from assets.alerts.incident_reading import incident_of_alert, incidents_beginning
from assets.cases.state import cases_of
from assets.subjects.symbols import accounts_found, symbols_found
from orchestration.api.page import page, redirect, to_sign_in
from orchestration.api.reading import Text
from orchestration.api.sessions import PATH, Sessions
from orchestration.api.shared_lake import SharedLake

LONGEST = 500
LEAST_OF_ID = 8
"""Characters of an id from which on its beginning counts as exact, where one id has it."""
Row = dict[str, Any]


def routes_of_search(lake: SharedLake, sessions: Sessions) -> APIRouter:
    """The page; what is sought stands in its address."""
    router = APIRouter(include_in_schema=False)

    @router.get(f"{PATH}/search")
    def search(request: Request, q: Annotated[Text, Query(max_length=LONGEST)] = "") -> Response:
        caller = sessions.caller(request)
        if caller is None:
            return to_sign_in()
        sought = q.strip()
        with lake.connect() as connection:
            found = _found(connection, sought) if sought else []
        found += [
            _hit("case", one.title or one.case_id, f"{PATH}/cases", is_exact=True)
            for one in (cases_of(lake.recent().decisions).values() if sought else ())
            if one.case_id == sought
        ]
        exact = [one for one in found if one["is_exact"]]
        if len(exact) == 1:
            return redirect(exact[0]["href"])
        return page(
            "search", caller, title="Search", page="", message="", sought=sought,
            hits=[*exact, *(one for one in found if not one["is_exact"])],
        )  # fmt: skip

    return router


def _found(connection: DuckDBPyConnection, sought: str) -> list[Row]:
    """Incidents, alerts, symbols and accounts, each with words, a link and whether it is exact."""
    found: list[Row] = []
    if len(sought) >= LEAST_OF_ID:
        incidents = incidents_beginning(connection, sought)
        found += [
            _hit(
                "incident",
                f"{one['typology'].replace('_', ' ')}, {', '.join(one['symbols'])}, "
                f"{one['window_start_at']:%Y-%m-%d %H:%M} UTC",
                f"{PATH}/incidents/{one['incident_id']}",
                is_exact=len(incidents) == 1,
            )
            for one in incidents
        ]
        of_alert = incident_of_alert(connection, sought)
        if of_alert is not None:
            found.append(
                _hit("alert", sought, f"{PATH}/incidents/{of_alert}#alerts", is_exact=True)
            )
    for one in symbols_found(connection, sought):
        query = urlencode({"venue": one["venue"], "symbol": one["symbol"]})
        words = f"{one['symbol']}, {one['venue']}"
        found.append(_hit("symbol", words, f"{PATH}/symbol?{query}", is_exact=one["is_exact"]))
    for one in accounts_found(connection, sought):
        query = urlencode({"venue": one["venue"], "id": one["account_id"]})
        words = f"{one['account_id']}, {one['venue']}"
        found.append(_hit("account", words, f"{PATH}/account?{query}", is_exact=one["is_exact"]))
    return found


def _hit(kind: str, words: str, href: str, *, is_exact: bool) -> Row:
    return {"kind": kind, "words": words, "href": href, "is_exact": is_exact}
