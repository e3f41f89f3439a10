"""The daily risk report: one day of a lake as one HTML document."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from duckdb import DuckDBPyConnection

from reports.accounts import account_board
from reports.alerts import AlertTrades, alerts_of_day, current
from reports.changes import changes_since
from reports.detectors import DescribedPattern, Verdict
from reports.documents import render_document
from reports.incidents import Incident, incidents_of_day
from reports.links import NO_LINKS, Links
from reports.marks import marks
from reports.quality import quality_of
from reports.queries import RISK_PARTS, TABLES, Row, present_tables
from reports.summary import summary_of
from reports.symbols import FIGURES, symbol_days, with_charts
from reports.value_at_risk import TABLES as RISK_TABLES
from reports.value_at_risk import risk_of_day

# what a screen of 900 pixels holds beside what changed
FIRST_INCIDENTS = 5


@dataclass(frozen=True)
class Section:
    """A part of the report below its first screen."""

    template: str
    """`<template>.html.j2`; it prints one `<section>`."""
    anchor: str
    title: str
    """In the contents; empty where the template lists parts of its own."""


# in the order of the page; a new one adds its line here and its values below
SECTIONS = (
    Section("further_incidents", "further-incidents", "Further incidents"),
    Section("ranking", "ranking", "Risk"),
    Section("value_at_risk", "value-at-risk", "Value at risk"),
    Section("symbols", "", ""),
    Section("accounts", "accounts", "Accounts"),
    Section("quality", "data-quality", "Data quality"),
    Section("detectors", "detectors", "Detectors"),
    Section("reading", "reading", "How to read this"),
)


def render_daily_report(
    connection: DuckDBPyConnection,
    day: date,
    verdict: Verdict,
    *,
    run_id: str = "",
    code_version: str = "",
    risk_weights: Mapping[str, float] = MappingProxyType({}),
    program: str = "tapewatch",
    trades: Mapping[str, AlertTrades] = MappingProxyType({}),
    incidents_first: int = 10,
    catalogue: Sequence[DescribedPattern] = (),
    accounts: Sequence[Row] = (),
    has_limits: bool = False,
    plotly_at: str | None = None,
    links: Links = NO_LINKS,
) -> str:
    """Render one UTC day as an HTML document.

    Parameters
    ----------
    connection
        Has the lake attached as `lake`; nothing is written.
    verdict
        The detectors' outcome on the day; the first screen shows it.
    run_id, code_version
        Printed in the document's foot, so that a printed page can be traced.
    risk_weights
        Weights of the parts in the total of the risk, 0 to 1; the ranking's explanation names them.
    program
        How a shell calls tapewatch over this lake, for the commands that check an alert.
    trades
        The trades behind each alert that overlaps the day, by its id.
    incidents_first
        How many incidents are shown at once; the others unfold below them.
    catalogue
        What the field looks for and no detector does.
    accounts
        The day's rows of `scores.accounts`; none where no trade names an account.
    has_limits
        Whether limits are set, so that none broken is news.
    plotly_at
        The address of the shared plotly.js beside the document; without it, it is inside.
    links
        Where the reader goes from here: index, neighbours, the detectors' page.
    """
    present = present_tables(connection)
    missing = [table for table in (*TABLES, *RISK_TABLES) if table not in present]
    if missing:
        # a lake that was never built is a failure that the document must name, not hide
        return render_document(
            "unreadable.html.j2", day=day, missing=missing, links=links,
            run_id=run_id, code_version=code_version,
        )  # fmt: skip
    quality = quality_of(connection, day)
    alerts = alerts_of_day(connection, day, trades)
    symbols = symbol_days(connection, day, quality, alerts, verdict)
    alerting = {alert.row["detector"] for alert in alerts}
    silent = {detector.name for detector in verdict.detectors} - alerting
    # those that are drawn come first, so that no two of them look alike
    marked = marks([*sorted(alerting), *sorted(silent)])
    symbols = with_charts(connection, symbols, marked, day)
    incidents = incidents_of_day(connection, day, current(alerts))
    board = account_board(accounts)
    at_risk = risk_of_day(connection, day)
    return render_document(
        "daily.html.j2",
        needs_plotly=any(section.figure for section in symbols),
        plotly_at=plotly_at,
        day=day,
        links=links,
        sections=[one for one in SECTIONS if _is_needed(one, incidents, board.account_count)],
        verdict=verdict,
        incidents=incidents,
        first_incidents=FIRST_INCIDENTS,
        shown_first=max(0, incidents_first - FIRST_INCIDENTS),
        summary=summary_of(incidents, current(alerts), symbols, verdict),
        breaches=at_risk.breaches if at_risk.breaches or has_limits else None,
        value_at_risk=at_risk,
        board=board,
        changes=changes_since(connection, day),
        quality=quality,
        catalogue=catalogue,
        risk_parts=RISK_PARTS,
        risk_weights=risk_weights,
        program=program,
        unscored=sum(section.risk is None for section in symbols),
        symbols=symbols,
        marked=marked,
        figure_limit=FIGURES,
        run_id=run_id,
        code_version=code_version,
    )


def _is_needed(section: Section, incidents: Sequence[Incident], account_count: int) -> bool:
    if section.anchor == "accounts":
        return account_count > 0
    return section.anchor != "further-incidents" or len(incidents) > FIRST_INCIDENTS
