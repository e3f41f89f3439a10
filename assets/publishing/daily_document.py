"""The report of a day as a document, from a lake; and whether one that is written still holds."""

from datetime import date

from duckdb import DuckDBPyConnection

from assets.alerts.incident_reading import shown_first
from assets.detection.catalogue import PATTERNS
from assets.detection.detector import detectors
from assets.lake.code_version import code_version
from assets.lake.lake import Lake
from assets.market.window import Window
from assets.publishing.alert_trades import trades_of_day
from assets.publishing.report_files import LINKS, PLOTLY_AT, report_path
from assets.publishing.verdict import verdict_of
from assets.risk.limits import limits_of
from assets.risk.symbol_risk import WEIGHTS
from assets.scoring.reading import accounts_of_day
from reports.daily import render_daily_report
from reports.links import Links

# what a report shows of a day, and a later run for an earlier day may change
FACTS = (
    "from lake.scores.symbol_risk where trade_day = $day",
    "from lake.scores.value_at_risk where trade_day = $day and is_chosen",
    "from lake.scores.var_backtests where trade_day = $day",
    "from lake.scores.risk_events where trade_day = $day",
    "from lake.scores.accounts where trade_day = $day",
    "from lake.marts.symbol_days where trade_day = $day",
    "from lake.marts.liquidity_days where trade_day = $day",
    "from lake.marts.data_quality_days where trade_day = $day",
    "select alert_id, revision, status from lake.alerts.alerts where trade_day = $day",
    "select incident_id, revision, status from lake.alerts.incidents where trade_day = $day",
    "select detector, venue, symbol, outcome, reason "
    "from lake.ops.detector_runs where trade_day = $day",
    "select distinct detector, 'stale' from lake.alerts.hits where is_stale and trade_day = $day",
    # what a day is compared with
    "select venue, symbol, trade_count, notional from lake.marts.symbol_days "
    "where trade_day = $day - 1",
    "select 'before', alert_id, status from lake.alerts.alerts where trade_day = $day - 1",
    "select 'before', incident_id, severity, status from lake.alerts.incidents "
    "where trade_day = $day - 1",
)


def daily_document(
    connection: DuckDBPyConnection,
    lake: Lake,
    day: date,
    *,
    run_id: str = "",
    plotly_at: str | None = PLOTLY_AT,
    links: Links = LINKS,
) -> str:
    """Render the report of a day, by default as one of the folder of reports.

    Without `plotly_at` it has the script inside; a copy that travels has no links to others.
    """
    return render_daily_report(
        connection,
        day,
        verdict_of(connection, [day], detectors()),
        run_id=run_id,
        code_version=code_version(),
        risk_weights=WEIGHTS,
        program=lake.settings.program,
        trades=trades_of_day(connection, day),
        catalogue=PATTERNS,
        accounts=accounts_of_day(connection, day),
        has_limits=bool(limits_of(lake.settings.root)),
        incidents_first=shown_first(_symbols_of_day(connection, day)),
        plotly_at=plotly_at,
        links=links,
    )


def days_to_report(
    connection: DuckDBPyConnection, lake: Lake, window: Window, reopened: Window
) -> list[date]:
    """The window's days, and the later ones whose report no longer shows what the lake holds."""
    later = [day for day in reopened.days if day > window.days[-1]]
    return window.days + [
        day
        for day in later
        if (path := report_path(lake, day)).exists()
        and not path.read_text(encoding="utf-8").endswith(facts_mark(connection, day))
    ]


def facts_mark(connection: DuckDBPyConnection, day: date) -> str:
    """A comment for the end of a report: a digest of the day's facts that may change later."""
    parts = " union all ".join(f"select t::varchar as fact from ({query}) as t" for query in FACTS)
    digest = connection.execute(
        f"select md5(coalesce(string_agg(fact, chr(10) order by fact), '')) from ({parts})",
        {"day": day},
    ).fetchall()[0][0]
    return f"<!-- facts {digest} -->\n"


def _symbols_of_day(connection: DuckDBPyConnection, day: date) -> int:
    """How many symbols traded on a day, each venue's counted."""
    return connection.execute(
        "select count(*) from lake.marts.symbol_days where trade_day = ?", [day]
    ).fetchall()[0][0]
