"""The desk's pages about subjects: symbols, a symbol's day, an account, a trade."""

from datetime import date, datetime, time, timedelta
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from assets.alerts.incident_minutes import UNKNOWN, detector_marks
from assets.alerts.incident_reading import incident_of_alert
from assets.alerts.minutes import Market, minutes_of
from assets.cases.reading import WorkedIncident, between
from assets.risk.market_reading import risk_of_day, symbols
from assets.subjects.accounts import DAYS, Account, Cursor, CursorError, account_trades
from assets.subjects.symbols import days_beside, symbol_day, symbol_risk
from assets.subjects.trades import alerts_citing, trade_named, trade_risk, trades_beside
from orchestration.api.account_view import account_view
from orchestration.api.incident_chart import (
    EARLIEST,
    LATEST,
    WIDTHS,
    From,
    Until,
    asked_span,
    drawn,
    zooms,
)
from orchestration.api.incident_context import counts_of
from orchestration.api.page import HEADERS, page, to_sign_in
from orchestration.api.problems import Refusal, silent_lake
from orchestration.api.queue_rows import queue_row
from orchestration.api.reading import Id, Text
from orchestration.api.sessions import PATH, Sessions
from orchestration.api.shared_lake import SharedLake
from orchestration.api.subjects import incident_csv
from reports.chart_rows import Strip
from reports.currency import quote_of
from reports.day_strip import day_strip
from reports.queries import RISK_PARTS

TRADES_SHOWN = 25
Name = Annotated[Text, Query(min_length=1, max_length=500)]
Row = dict[str, Any]


def routes_of_subject_pages(lake: SharedLake, sessions: Sessions) -> APIRouter:
    """The pages; what the data names stands in query parameters."""
    router = APIRouter(include_in_schema=False)

    @router.get(f"{PATH}/symbols")
    def every_symbol(request: Request) -> Response:
        caller = sessions.caller(request)
        if caller is None:
            return to_sign_in()
        recent = lake.recent()
        risks = {(one["venue"], one["symbol"]): one for one in risk_of_day(recent, None)}
        incidents = recent.every_incident().incidents
        shown = [
            one
            | {
                "risk": risks.get((one["venue"], one["symbol"])),
                "counts": counts_of(_of_market(incidents, one["venue"], one["symbol"])),
            }
            for one in symbols(recent)
        ]
        return page(
            "symbols", caller, title="Symbols", page="Symbols", symbols=shown, message="",
            recent=recent,
        )  # fmt: skip

    @router.get(f"{PATH}/symbol")
    def symbol_page(
        request: Request,
        venue: Name,
        symbol: Name,
        day: date | None = None,
        start: From = None,
        until: Until = None,
    ) -> Response:
        caller = sessions.caller(request)
        if caller is None:
            return to_sign_in()
        found = _symbol_view(lake, Market(venue, symbol), day, (start, until))
        return page("symbol", caller, title=symbol, page="Symbols", message="", **found)

    @router.get(f"{PATH}/account")
    def account_page(
        request: Request, venue: Name, id: Name, after: Text | None = None
    ) -> Response:
        caller = sessions.caller(request)
        if caller is None:
            return to_sign_in()
        account = Account(venue, id)
        found = account_view(lake, account)
        involved = found["involved"]
        marked = {one.worked.incident["window_start_at"].date() for one in involved}
        strips = [day_strip(found["days"], found["until"], DAYS, marked, width) for width in WIDTHS]
        try:
            cursor = Cursor.read(after) if after else None
        except CursorError as error:
            raise Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, f"after: {error}") from error
        with lake.connect() as connection:
            trades, following = account_trades(connection, account, cursor, TRADES_SHOWN)
        return page(
            "account", caller, title=f"Account {id}", page="", message="",
            incidents=[(queue_row(one.worked), one.share) for one in involved],
            counts=counts_of([one.worked for one in involved]), strips=strips, span=DAYS,
            largest_share=max((one["share"] or 0.0 for one in found["symbols"]), default=None),
            trades=trades, next_after=following.text if following else "", is_first=cursor is None,
            **found,
        )  # fmt: skip

    @router.get(f"{PATH}/trade")
    def trade_page(
        request: Request, venue: Name, symbol: Name, id: Name, day: date | None = None
    ) -> Response:
        caller = sessions.caller(request)
        if caller is None:
            return to_sign_in()
        with lake.connect() as connection:
            trade = trade_named(connection, venue, symbol, id, day)
            if trade is None:
                raise Refusal(
                    HTTPStatus.NOT_FOUND,
                    f"{symbol!r} at venue {venue!r} has no trade {id!r}"
                    + (f" on {day}" if day else ""),
                )
            cited = [
                (one, incident_of_alert(connection, one["alert_id"]))
                for one in alerts_citing(connection, trade)
            ]
            values = {
                "beside": trades_beside(connection, trade),
                "risk": trade_risk(connection, trade),
            }
        return page(
            "trade", caller, title=f"Trade {id}", page="", message="", trade=trade, cited=cited,
            quote=quote_of(symbol), **values,
        )  # fmt: skip

    @router.get(f"{PATH}/incidents/{{incident_id}}/trades.csv")
    def incident_trades(request: Request, incident_id: Id) -> Response:
        if sessions.caller(request) is None:
            return to_sign_in()
        answer = incident_csv(lake, incident_id)
        answer.headers.update(HEADERS)
        return answer

    return router


def _symbol_view(
    lake: SharedLake,
    market: Market,
    day: date | None,
    asked: tuple[datetime | None, datetime | None],
) -> Row:
    with lake.connect() as connection:
        before, shown, after = days_beside(connection, market.venue, market.symbol, day)
        if shown is None:
            raise Refusal(
                HTTPStatus.NOT_FOUND,
                f"{market.symbol!r} has never traded at venue {market.venue!r}: "
                f"{PATH}/symbols lists the symbols",
            )
        facts = symbol_day(connection, market.venue, market.symbol, shown)
        risk = symbol_risk(connection, market.venue, market.symbol, shown)
    if not EARLIEST.date() <= shown < LATEST.date():
        raise Refusal(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            f"day: {shown} is not between {EARLIEST:%Y} and {LATEST:%Y}",
        )
    midnight = datetime.combine(shown, time())
    whole = (midnight, midnight + timedelta(days=1))
    recent = lake.recent()
    of_day = between(recent.every_incident().incidents, *whole)
    incidents = _of_market(of_day, market.venue, market.symbol)
    marked = detector_marks()
    strips = [
        Strip(
            one["detector"], marked.get(one["detector"], UNKNOWN),
            one["window_start_at"], one["window_end_at"],
            f"{PATH}/incidents/{one['incident_id']}",
        )
        for one in (each.incident for each in incidents)
    ]  # fmt: skip
    span = asked_span(*asked, whole)
    own = {"venue": market.venue, "symbol": market.symbol, "day": shown.isoformat()}
    _, chart = lake.once(
        ("chart", market, span, shown),
        lambda _, connection: drawn(
            minutes_of(connection, market, span, strips=strips), zooms(span, f"{PATH}/symbol", own)
        ),
    )
    if chart is None:
        raise silent_lake()
    return {
        "chart": chart,
        "market": market,
        "day": shown,
        "before": before,
        "after": after,
        "facts": facts,
        "risk": risk,
        "risk_parts": RISK_PARTS,
        "quote": quote_of(market.symbol),
        "incidents": [queue_row(one) for one in incidents],
    }


def _of_market(incidents: list[WorkedIncident], venue: str, symbol: str) -> list[WorkedIncident]:
    return [
        one
        for one in incidents
        if venue in one.incident["venues"] and symbol in one.incident["symbols"]
    ]
