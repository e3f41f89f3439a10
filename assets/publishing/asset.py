"""What leaves the platform: the daily risk report, and the verdict on the run itself."""

from collections.abc import Set as AbstractSet

import dagster as dg

from assets.detection.detector import detectors
from assets.lake.partitions import daily, whole_range
from assets.lake.resource import LakeResource, Run, run_of
from assets.publishing.daily_document import days_to_report
from assets.publishing.daily_reports import write_reports
from assets.publishing.report_files import report_path, report_url
from assets.publishing.verdict import fails_run, verdict_of
from assets.risk.late_data import remeasured
from reports.detectors import Verdict


@dg.asset(
    key=["reports", "daily"],
    deps=[["scores", "symbol_risk"], ["scores", "value_at_risk"], ["scores", "var_backtests"],
          ["scores", "risk_events"], ["scores", "accounts"], ["alerts", "incidents"],
          ["marts", "symbol_days"], ["marts", "liquidity_days"], ["marts", "data_quality_days"]],
    partitions_def=daily,
    backfill_policy=whole_range,
    group_name="publish",
    kinds={"plotly"},
    description="The risk report of a day as HTML: incidents and what changed first, then risk, "
    "each symbol's price, volume, flow and alerts with evidence, data quality last; beside it the "
    "day's alerts as CSV, with the columns of `tapewatch alerts --format csv`, the summaries of "
    "its week and month, an index of all days. All lie in the object store, below `reports/`.",
)  # fmt: skip
def daily_report(context: dg.AssetExecutionContext, lake: LakeResource) -> dg.MaterializeResult:
    return report_days(run_of(context, lake))


def report_days(run: Run) -> dg.MaterializeResult:
    """Write the reports of the run's days, and those that its rows have overtaken; the index."""
    opened = run.lake
    with opened.connect() as connection:
        reopened = remeasured(opened, run.window)
        # one snapshot for all queries: each transaction looks for its own
        connection.execute("begin")
        days = days_to_report(connection, opened, run.window, reopened)
        index = write_reports(connection, opened, days, run.run_id)
    written = [report_path(opened, day) for day in days]
    links = [f"- [{path.stem}]({report_url(opened, path)})" for path in written]
    return dg.MaterializeResult(
        metadata={
            "reports": dg.MetadataValue.md("\n".join(links)),
            "newest": dg.MetadataValue.url(report_url(opened, written[-1])),
            "index": dg.MetadataValue.url(report_url(opened, index)),
            "folder": dg.MetadataValue.path(str(written[-1].parent)),
        }
    )


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
