"""The assets of the current alerts, the episodes of hits, and of incidents, which join alerts."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
from duckdb import DuckDBPyConnection

from assets.alerts.current import describe_changes, join_again
from assets.alerts.current_incidents import join_incidents_again
from assets.alerts.incident_reading import BUDGET_PER_SYMBOL_DAY
from assets.alerts.tables import ALERTS, INCIDENTS
from assets.detection.asset import hits
from assets.detection.detector import detectors
from assets.detection.tables import DETECTOR_RUNS
from assets.lake.connection import one_thread
from assets.lake.partitions import by_day, daily, whole_range
from assets.lake.previews import table_metadata
from assets.lake.resource import LakeResource, Run, run_of
from assets.market.window import Window
from assets.transform import late_data


@dg.asset(
    key=["alerts", "alerts"],
    deps=[asset.key for asset in hits],
    partitions_def=daily,
    backfill_policy=whole_range,
    group_name="detect",
    description="Episodes of neighbouring hits, in their current revision, each with its evidence. "
    "Every revision is kept in alerts.revisions; an alert that later data took back stays, marked.",
    check_specs=[
        dg.AssetCheckSpec(
            "alert_volume",
            asset=["alerts", "alerts"],
            partitions_def=daily,
            description="No more alerts than the budget and chance together explain.",
        ),
    ],
)
def current_alerts(context: dg.AssetExecutionContext, lake: LakeResource) -> Iterator[Any]:
    run = run_of(context, lake)
    yield from by_day([join_days(run)], run.window, current_alerts.key)


def join_days(run: Run) -> dg.MaterializeResult:
    """Join the hits around the run's days, and around the later ones that look back on them."""
    opened = run.lake
    window = late_data.reopened(opened, run.window, run.run_id)
    changes = join_again(opened, detectors(), window, run.commit_info)
    with opened.connect() as connection:
        one_thread(connection)
        shown = table_metadata(opened, connection, ALERTS.name, window, "window_start_at")
        volume = alert_volume(connection, window)
    return dg.MaterializeResult(
        metadata=shown | {"changes": describe_changes(changes)}, check_results=[volume]
    )


@dg.asset(
    key=["alerts", "incidents"],
    deps=[["alerts", "alerts"]],
    partitions_def=daily,
    backfill_policy=whole_range,
    group_name="detect",
    description="The alerts that saw one event, of several detectors or venues, under the one that "
    "concludes most. Every revision is kept in alerts.incident_revisions.",
)
def current_incidents(
    context: dg.AssetExecutionContext, lake: LakeResource
) -> dg.MaterializeResult:
    return join_incidents_of_days(run_of(context, lake))


def join_incidents_of_days(run: Run) -> dg.MaterializeResult:
    """Join the alerts around the run's days, and around the later ones that look back on them."""
    window = late_data.reopened(run.lake, run.window, run.run_id)
    changes = join_incidents_again(run.lake, window, run.commit_info)
    with run.lake.connect() as connection:
        one_thread(connection)
        shown = table_metadata(run.lake, connection, INCIDENTS.name, window, "window_start_at")
    return dg.MaterializeResult(metadata=shown | {"changes": describe_changes([changes])})


def alert_volume(connection: DuckDBPyConnection, window: Window) -> dg.AssetCheckResult:
    """Warn where the alerts of a window exceed the budget and what chance explains."""
    alerts, symbol_days, expected = connection.execute(
        f"""
        select
            (
                select count(*) from lake.{ALERTS.name}
                where status <> 'superseded' and trade_day between $first and $last
            ),
            count(distinct (venue, symbol, trade_day)),
            coalesce(sum(expected_false_alerts), 0)
        from lake.{DETECTOR_RUNS.name}
        where trade_day between $first and $last
        """,
        {"first": window.days[0], "last": window.days[-1]},
    ).fetchall()[0]
    # beyond it somebody should look at the detectors before the alerts
    allowed = max(BUDGET_PER_SYMBOL_DAY * symbol_days, expected + 3 * expected**0.5, 3)
    return dg.AssetCheckResult(
        check_name="alert_volume",
        passed=alerts <= allowed,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{alerts} alerts in {symbol_days} symbol-days; {expected:.2f} expected by "
        f"chance, {allowed:.1f} within the budget",
        metadata={"alerts": alerts, "expected_false_alerts": expected, "allowed": allowed},
    )
