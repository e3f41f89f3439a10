"""What leaves the platform: the daily risk report, and the verdict on the run itself."""

from collections.abc import Set as AbstractSet
from datetime import date
from pathlib import Path

import dagster as dg
from duckdb import DuckDBPyConnection

from assets.alerts.incident_reading import shown_first
from assets.alerts.reading import alerts_of_day
from assets.alerts.tables import ALERTS
from assets.detection.catalogue import PATTERNS
from assets.detection.detector import detectors
from assets.lake.code_version import code_version
from assets.lake.lake import Lake
from assets.lake.partitions import daily, whole_range
from assets.lake.resource import LakeResource, Run, run_of
from assets.market.window import Window
from assets.publishing.alert_trades import trades_of_day
from assets.publishing.report_files import publish_report, report_path, report_url
from assets.publishing.verdict import fails_run, verdict_of
from assets.risk.late_data import remeasured
from assets.risk.reading import accounts_of_day
from assets.risk.symbol_risk import WEIGHTS
from reports.detectors import Verdict
from reports.records import csv_text

# what a report shows of a day, and a later run for an earlier day may change
FACTS = (
    "from lake.scores.symbol_risk where trade_day = $day",
    "from lake.scores.value_at_risk where trade_day = $day and is_chosen",
    "from lake.scores.var_backtests where trade_day = $day",
    "from lake.scores.risk_events where trade_day = $day",
    "from lake.marts.symbol_days where trade_day = $day",
    "from lake.marts.liquidity_days where trade_day = $day",
    "from lake.marts.data_quality_days where trade_day = $day",
    "from lake.scores.accounts where trade_day = $day",
    "select alert_id, revision, status from lake.alerts.alerts where trade_day = $day",
    "select incident_id, revision, status from lake.alerts.incidents where trade_day = $day",
    "select detector, venue, symbol, outcome, reason "
    "from lake.ops.detector_runs where trade_day = $day",
    "select distinct detector, 'stale' from lake.alerts.hits where is_stale and trade_day = $day",
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


@dg.asset(
    key=["reports", "daily"],
    deps=[["scores", "symbol_risk"], ["scores", "value_at_risk"], ["scores", "var_backtests"],
          ["scores", "risk_events"], ["scores", "accounts"], ["alerts", "incidents"],
          ["marts", "symbol_days"], ["marts", "liquidity_days"], ["marts", "data_quality_days"]],
    partitions_def=daily,
    backfill_policy=whole_range,
    group_name="publish",
    kinds={"plotly"},
    description="The risk report of a day, one self-contained HTML document: data quality first, "
    "then the ranking of symbols, then each symbol's price, volume, flow and alerts with evidence; "
    "beside it the day's alerts as CSV, with the columns of `tapewatch alerts --format csv`. Both "
    "lie in the object store too, under `reports/<day>/`.",
)  # fmt: skip
def daily_report(context: dg.AssetExecutionContext, lake: LakeResource) -> dg.MaterializeResult:
    return report_days(run_of(context, lake))


def report_days(run: Run) -> dg.MaterializeResult:
    """Write the reports of the run's days, and those that its rows have overtaken."""
    from reports.daily import render_daily_report

    opened = run.lake
    expected = detectors()
    written: list[Path] = []
    with opened.connect() as connection:
        reopened = remeasured(opened, run.window)
        for day in days_to_report(connection, opened, run.window, reopened):
            document = render_daily_report(
                connection,
                day,
                verdict_of(connection, [day], expected),
                run_id=run.run_id,
                code_version=code_version(),
                risk_weights=WEIGHTS,
                program=opened.settings.program,
                trades=trades_of_day(connection, day),
                catalogue=PATTERNS,
                accounts=accounts_of_day(connection, day),
                incidents_first=shown_first(symbols_of_day(connection, day)),
            )
            alerts = csv_text(alerts_of_day(connection, day), ALERTS.column_names)
            marked = document + facts_mark(connection, day)
            written.append(publish_report(opened, day, marked, alerts, run.run_id))
    links = [f"- [{path.stem}]({report_url(opened, path)})" for path in written]
    return dg.MaterializeResult(
        metadata={
            "reports": dg.MetadataValue.md("\n".join(links)),
            "newest": dg.MetadataValue.url(report_url(opened, written[-1])),
            "folder": dg.MetadataValue.path(str(written[-1].parent)),
        }
    )


def symbols_of_day(connection: DuckDBPyConnection, day: date) -> int:
    """How many symbols traded on a day, each venue's counted."""
    return connection.execute(
        "select count(*) from lake.marts.symbol_days where trade_day = ?", [day]
    ).fetchall()[0][0]


@dg.asset(
    key=["ops", "verdict"],
    deps=[["reports", "daily"]],
    partitions_def=daily,
    backfill_policy=whole_range,
    group_name="publish",
    description="Did every detector judge the days? Fails the run, last of all, if one did not: "
    "silence is never read as clear.",
)
def verdict(context: dg.AssetExecutionContext, lake: LakeResource) -> dg.MaterializeResult:
    return conclude_days(run_of(context, lake), _chosen(context.run.asset_selection))


def conclude_days(run: Run, chosen: set[str]) -> dg.MaterializeResult:
    """Say whether each of the chosen detectors judged the run's days; Failure if one did not."""
    with run.lake.connect() as connection:
        judged = verdict_of(connection, run.window.days, detectors())
    run.log.info(judged.sentence)
    if fails_run(judged, chosen):
        raise dg.Failure(
            " ".join((judged.sentence, "; ".join(judged.reasons))).strip(),
            metadata={"detectors": _table(judged)},
        )
    return dg.MaterializeResult(metadata={"verdict": judged.sentence, "detectors": _table(judged)})


def _chosen(selection: AbstractSet[dg.AssetKey] | None) -> set[str]:
    """The detectors that the run did not leave out by naming others."""
    hits = {key.path[1] for key in selection or () if key.path[0] == "hits"}
    return hits or {detector.name for detector in detectors()}


def _table(judged: Verdict) -> dg.MarkdownMetadataValue:
    lines = [f"- {detector.name}: {detector.state}" for detector in judged.detectors]
    return dg.MetadataValue.md("\n".join(lines))
