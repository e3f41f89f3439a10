"""One asset a detector, made from the registry, and the alerts that their hits make."""

from collections.abc import Sequence

import dagster as dg
from duckdb import DuckDBPyConnection

from assets import parity, reopening
from assets.compiled import models
from assets.current_alerts import describe_changes, join_again
from assets.detection import Hit
from assets.detector import Detector, detectors
from assets.judging import judge
from assets.previews import PREVIEW_ROWS, table_metadata
from orchestration.lake import one_thread
from orchestration.partitions import daily, whole_range, window_of
from orchestration.resources import LakeResource, commit_info
from orchestration.tables import ALERTS, DETECTOR_RUNS
from orchestration.window import Window

# alerts a symbol-day beyond which somebody should look at the detectors before the alerts:
# the budget of 20 a day for 100 symbols, and at least three standard deviations above chance
BUDGET_PER_SYMBOL_DAY = 0.2


def hits_asset(detector: Detector) -> dg.AssetsDefinition:
    """The asset that owns a detector's rows of `alerts.hits`."""
    key = dg.AssetKey(["hits", detector.name])

    @dg.asset(
        key=key,
        deps=[input_key(name) for name in detector.inputs],
        partitions_def=daily,
        backfill_policy=whole_range,
        group_name="detect",
        code_version=detector.code_version,
        description=detector.__doc__,
        tags={"typology": detector.typology, "data_tier": detector.data_tier},
        metadata={
            "references": ", ".join(detector.references),
            "thresholds": dg.MetadataValue.json(detector.params.model_dump(mode="json")),
            "null_rate_per_symbol_day": detector.null_rate_per_symbol_day,
            "grid": str(detector.grid),
        },
        check_specs=[
            dg.AssetCheckSpec(
                "detector_ran", asset=key, description="The detector ended without an error."
            )
        ],
    )
    def hits_of_detector(
        context: dg.AssetExecutionContext, lake: LakeResource
    ) -> dg.MaterializeResult:
        opened = lake.open()
        window = reopening.reopened(opened, window_of(context), context.run.run_id)
        judgement = judge(opened, detector, window, commit_info(context))
        if judgement.error is not None:
            context.log.error(judgement.error)
        shown = {
            "dagster/row_count": len(judgement.hits),
            "window": str(window),
            "preview": dg.MetadataValue.md(preview(judgement.hits)),
        }
        expected = sum(run.expected_false_alerts for run in judgement.runs or ())
        return dg.MaterializeResult(
            metadata=shown | {"expected_false_alerts": expected},
            check_results=[
                dg.AssetCheckResult(
                    check_name="detector_ran",
                    passed=judgement.error is None,
                    metadata={"traceback": judgement.error or "none"},
                )
            ],
        )

    return hits_of_detector


def preview(hits: Sequence[Hit]) -> str:
    """The first hits as Markdown lines."""
    lines = [
        f"- {hit.venue} {hit.symbol} {hit.cell_start_at}: {hit.kind}, {hit.statistic:.4g} against "
        f"{hit.threshold:.4g}, score {hit.score:.2f}"
        for hit in hits[:PREVIEW_ROWS]
    ]
    return "\n".join(lines) or "no hits"


def input_key(name: str) -> dg.AssetKey:
    """The asset that makes a detector's input."""
    schema = "scores" if name == "anomaly_5m" else "features"
    return dg.AssetKey([schema, name])


hits = [hits_asset(detector) for detector in detectors()]


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
            description="No more alerts than the budget and chance together explain.",
        ),
        dg.AssetCheckSpec(
            parity.CHECK,
            asset=["alerts", "alerts"],
            description="What the stream's windows had said of the day is what the day's run says.",
        ),
    ],
)
def current_alerts(context: dg.AssetExecutionContext, lake: LakeResource) -> dg.MaterializeResult:
    opened = lake.open()
    window = reopening.reopened(opened, window_of(context), context.run.run_id)
    changes = join_again(opened, list(detectors()), window, commit_info(context))
    with opened.connect() as connection:
        same = parity.parity(
            connection, window_of(context), context.run.run_id, models(opened.settings.root)
        )
        one_thread(connection)
        shown = table_metadata(opened, connection, ALERTS.name, window, "window_start_at")
        volume = alert_volume(connection, window)
    return dg.MaterializeResult(
        metadata=shown | {"changes": describe_changes(changes)}, check_results=[volume, same]
    )


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
    allowed = max(BUDGET_PER_SYMBOL_DAY * symbol_days, expected + 3 * expected**0.5, 3)
    return dg.AssetCheckResult(
        check_name="alert_volume",
        passed=alerts <= allowed,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{alerts} alerts in {symbol_days} symbol-days; {expected:.2f} expected by "
        f"chance, {allowed:.1f} within the budget",
        metadata={"alerts": alerts, "expected_false_alerts": expected, "allowed": allowed},
    )
