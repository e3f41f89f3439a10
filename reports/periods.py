"""A week or a month as one document: its days, its gravest incidents, its symbols."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from duckdb import DuckDBPyConnection

from reports.alerts import SEVERITIES
from reports.documents import render_document
from reports.incidents import Incident, incidents_of_days
from reports.index import day_rows, most_of
from reports.links import Links
from reports.queries import Row, rows

SHOWN = 20


class PeriodError(ValueError):
    """A text that names no week or month; the message says how one is written."""


@dataclass(frozen=True)
class Period:
    """Days in a row: a week from Monday on (ISO 8601), or a month."""

    name: str
    """2026-W48 or 2026-11, which is its file's name too."""
    title: str
    first: date
    last: date


def week_named(text: str) -> Period:
    """The ISO week of a text as 2026-W48; PeriodError for any other."""
    found = re.fullmatch(r"(\d{4})-W(\d{2})", text)
    try:
        first = date.fromisocalendar(int(found[1]), int(found[2]), 1) if found else None
    except ValueError:
        first = None
    if first is None:
        raise PeriodError(f"a week is written as 2026-W48, was {text!r}")
    last = first + timedelta(days=6)
    title = f"Week {int(text[-2:])} of {text[:4]}, {first.day} {first:%b} to {last.day} {last:%b}"
    return Period(text, title, first, last)


def week_of(day: date) -> Period:
    """The ISO week that a day lies in."""
    year, week, _ = day.isocalendar()
    return week_named(f"{year:04}-W{week:02}")


def month_of(day: date) -> Period:
    """The month that a day lies in."""
    return month_named(f"{day:%Y-%m}")


def month_named(text: str) -> Period:
    """The month of a text as 2026-11; PeriodError for any other."""
    try:
        first = date.fromisoformat(f"{text}-01") if re.fullmatch(r"\d{4}-\d{2}", text) else None
    except ValueError:
        first = None
    if first is None:
        raise PeriodError(f"a month is written as 2026-11, was {text!r}")
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return Period(text, f"{first:%B} {first.year}", first, last)


def render_period(
    connection: DuckDBPyConnection,
    period: Period,
    days: Sequence[date],
    *,
    links: Links,
    program: str = "tapewatch",
    daily: str = "../daily/",
) -> str:
    """Render a period over those of its days that have a report.

    `daily` is the address of the folder of the days' reports; `links` lead to the index.
    """
    found = day_rows(connection, days)
    incidents = incidents_of_days(connection, days)
    return render_document(
        "period.html.j2",
        period=period,
        links=links,
        program=program,
        folder=daily,
        days=list(reversed(found)),
        totals={
            "incidents": len(incidents),
            "alerts": sum(one.alerts for one in found),
            "by_chance": sum(one.by_chance or 0.0 for one in found),
            "trades": sum(one.trades for one in found),
        },
        severities=SEVERITIES,
        most=most_of(found),
        incidents=incidents[:SHOWN],
        incident_days=_days_of(incidents[:SHOWN]),
        further=max(0, len(incidents) - SHOWN),
        symbols=_symbols(connection, days),
    )


def _days_of(incidents: Sequence[Incident]) -> dict[str, date]:
    return {one.row["incident_id"]: one.row["trade_day"] for one in incidents}


def _symbols(connection: DuckDBPyConnection, days: Sequence[date]) -> list[Row]:
    """Each symbol of some days: days, trades, volume, price from first to last, alerts."""
    return rows(
        connection,
        """
        with traded as (
            select
                venue, symbol,
                count(*) as day_count,
                sum(trade_count)::bigint as trade_count,
                sum(notional)::double as notional,
                sum(notional_usd)::double as notional_usd,
                arg_max(close, trade_day) / arg_min(open, trade_day) - 1 as change
            from lake.marts.symbol_days
            where list_contains($days::date[], trade_day)
            group by all
        ),
        alerted as (
            select venue, symbol, count(*) as alert_count
            from lake.alerts.alerts
            where status <> 'superseded' and list_contains($days::date[], trade_day)
            group by all
        )
        select traded.*, coalesce(alert_count, 0) as alert_count
        from traded
        left join alerted using (venue, symbol)
        order by alert_count desc, notional_usd desc nulls last, venue, symbol
        """,
        {"days": list(days)},
    )
