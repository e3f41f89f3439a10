# ruff: noqa: RUF001 (a minus and angle quotes, as a page has them)
"""The chart of a page: which time it shows, and the links that change it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import urlencode

from duckdb import DuckDBPyConnection
from fastapi import Query
from markupsafe import Markup
from pydantic import AwareDatetime

from assets.alerts.incident_minutes import incident_minutes, window_of_alerts
from assets.alerts.minutes import LONGEST, MOST_DEALS, Span, span_about
from orchestration.api.problems import Refusal
from orchestration.api.reading import naive
from reports.chart_rows import Minutes
from reports.desk import desk_part
from reports.minute_chart import minute_chart

WIDTHS = (760, 368)
SHORTEST = timedelta(seconds=10)
SPANS = (
    ("15 min", timedelta(minutes=15)),
    ("45 min", timedelta(minutes=45)),
    ("4 h", timedelta(hours=4)),
)
EARLIEST, LATEST = datetime(1970, 1, 2), datetime(2262, 1, 1)
From = Annotated[AwareDatetime | None, Query(alias="from", description="ISO 8601 with its zone.")]
Until = Annotated[AwareDatetime | None, Query(description="ISO 8601 with its zone.")]
Row = dict[str, Any]


@dataclass(frozen=True)
class Zoom:
    """A link to another time of the same chart."""

    words: str
    title: str
    href: str
    key: str = ""
    is_current: bool = False


def asked_span(start: datetime | None, until: datetime | None, default: Span) -> Span:
    """The span of an address: what it lacks is the default's; a Refusal where it is none."""
    length = default[1] - default[0]
    try:
        if until is not None:
            last = naive(until)
            first = last - length if start is None else naive(start)
        else:
            first = default[0] if start is None else naive(start)
            last = first + length
    except OverflowError as error:
        raise _no_span() from error
    if not EARLIEST <= first < last <= LATEST:
        raise _no_span()
    return first, min(max(last, first + SHORTEST), first + LONGEST)


def incident_chart(
    connection: DuckDBPyConnection,
    alerts: Sequence[Mapping[str, Any]],
    accounts: Sequence[str],
    asked: tuple[datetime | None, datetime | None],
    address: str,
    shared: Mapping[str, str],
) -> Markup | None:
    """The chart of an incident, whose lead is the first alert; none where it names no market.

    `address` with the parameters `shared` is the page's own.
    """
    span = asked_span(*asked, span_about(*window_of_alerts(alerts)))
    minutes = incident_minutes(connection, alerts, accounts, span)
    return None if minutes is None else drawn(minutes, zooms(span, address, shared))


def drawn(minutes: Minutes, zooms: Sequence[Zoom]) -> Markup:
    """The chart at two widths, its legend, links to other times, its bars as a table."""
    return desk_part(
        "chart",
        minutes=minutes,
        charts=[minute_chart(minutes, width) for width in WIDTHS],
        legend={name: strips[0].mark for name, strips in minutes.lanes.items()},
        most_deals=MOST_DEALS,
        zooms=zooms,
    )


def zooms(span: Span, address: str, shared: Mapping[str, str]) -> list[Zoom]:
    """Links to the usual lengths, nearer, farther, earlier and later, all about the middle."""
    first, last = span
    length = last - first
    middle = (first + length / 2).replace(microsecond=0)
    midnight = middle.replace(hour=0, minute=0, second=0)
    day = (midnight, midnight + timedelta(days=1))

    def link(words: str, title: str, to: Span, key: str = "") -> Zoom:
        times = {"from": f"{to[0].isoformat()}Z", "until": f"{to[1].isoformat()}Z"}
        return Zoom(words, title, f"{address}?{urlencode({**shared, **times})}", key, to == span)

    def about(wide: timedelta) -> Span:
        start = middle - timedelta(seconds=wide.total_seconds() // 2)
        return start, start + wide

    nearer, farther = max(length / 2, SHORTEST), min(length * 2, LONGEST)
    step = timedelta(seconds=max(length.total_seconds() // 2, 1))
    return [
        *(link(words, f"Show {words}", about(wide)) for words, wide in SPANS),
        link("day", "Show the day", day),
        link("+", "Nearer", about(timedelta(seconds=nearer.total_seconds() // 1)), "+"),
        link("−", "Farther", about(timedelta(seconds=farther.total_seconds() // 1)), "-"),
        link("‹", "Earlier", (first - step, last - step), "["),
        link("›", "Later", (first + step, last + step), "]"),
    ]


def _no_span() -> Refusal:
    return Refusal(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        f"`from` must be before `until`, between {EARLIEST:%Y} and {LATEST:%Y}: "
        "leave both out for the incident's own time",
    )
