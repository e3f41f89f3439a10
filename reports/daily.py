"""The daily risk report: one day of a lake as one HTML document."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from duckdb import DuckDBPyConnection

from reports.accounts import account_board
from reports.alerts import SEVERITIES, Alert, AlertTrades, alerts_of_day, current
from reports.detectors import DescribedPattern, Verdict
from reports.documents import render_document
from reports.incidents import incidents_of_day
from reports.marks import marks
from reports.quality import Quality, quality_of
from reports.queries import RISK_PARTS, TABLES, Row, present_tables
from reports.symbols import FIGURES, SymbolDay, drawn, symbol_days
from reports.value_at_risk import TABLES as RISK_TABLES
from reports.value_at_risk import risk_of_day


@dataclass(frozen=True)
class Headline:
    """The day's summary in four numbers."""

    alert_count: int
    confirmed_count: int
    trade_count: int
    expected: float | None
    severities: list[tuple[str, int]] = field(default_factory=list)
    carried: int = 0


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
) -> str:
    """Render one UTC day as a self-contained HTML document.

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
    """
    present = present_tables(connection)
    missing = [table for table in (*TABLES, *RISK_TABLES) if table not in present]
    if missing:
        # a lake that was never built is a failure that the document must name, not hide
        return render_document(
            "unreadable.html.j2", needs_plotly=False, day=day, missing=missing,
            run_id=run_id, code_version=code_version,
        )  # fmt: skip
    quality = quality_of(connection, day)
    alerts = alerts_of_day(connection, day, trades)
    symbols = symbol_days(connection, day, quality, alerts, verdict)
    named = {detector.name for detector in verdict.detectors}
    marked = marks(sorted(named | {alert.row["detector"] for alert in alerts}))
    symbols = [drawn(connection, s, place, marked, day) for place, s in enumerate(symbols)]
    return render_document(
        "daily.html.j2",
        needs_plotly=any(section.figure for section in symbols),
        day=day,
        verdict=verdict,
        incidents=incidents_of_day(connection, day, current(alerts)),
        shown_first=incidents_first,
        headline=_headline(current(alerts), verdict, quality),
        quality=quality,
        catalogue=catalogue,
        board=account_board(accounts),
        risk_parts=RISK_PARTS,
        risk_weights=risk_weights,
        program=program,
        value_at_risk=risk_of_day(connection, day),
        unscored=sum(section.risk is None for section in symbols),
        symbols=symbols,
        venues=_venues(symbols),
        marked=marked,
        figure_limit=FIGURES,
        run_id=run_id,
        code_version=code_version,
    )


def _headline(alerts: Sequence[Alert], verdict: Verdict, quality: Quality) -> Headline:
    opened = [alert for alert in alerts if not alert.began_earlier]
    counted = Counter(alert.row["severity"] for alert in opened)
    order = [*reversed(SEVERITIES), *sorted(set(counted) - set(SEVERITIES))]
    return Headline(
        alert_count=len(opened),
        confirmed_count=sum(bool(alert.row["is_confirmed"]) for alert in opened),
        trade_count=quality.accepted,
        expected=verdict.expected_by_chance,
        severities=[(name, counted[name]) for name in order if counted[name]],
        carried=len(alerts) - len(opened),
    )


def _venues(symbols: Sequence[SymbolDay]) -> dict[str, list[SymbolDay]]:
    venues: dict[str, list[SymbolDay]] = {}
    for section in sorted(symbols, key=lambda section: section.symbol):
        venues.setdefault(section.symbol[0], []).append(section)
    return venues
