"""One asset a detector, made from the registry, and the alerts that their hits make."""

from collections.abc import Collection, Sequence
from dataclasses import fields

import dagster as dg
from duckdb import DuckDBPyConnection

from assets import parity, reopening
from assets.compiled import models
from assets.detection import Hit
from assets.detector import Detector, detectors
from assets.episodes import Alert
from assets.judging import judge, stamps_of
from assets.previews import PREVIEW_ROWS, table_metadata
from assets.recent import Source, in_lake
from assets.revisions import Changes, load_settled, rejoin
from assets.rows import insert_rows
from orchestration.lake import ALIAS, Lake, one_thread
from orchestration.partitions import daily, whole_range, window_of
from orchestration.resources import LakeResource, commit_info
from orchestration.tables import ALERTS, DETECTOR_RUNS, HITS, REVISIONS
from orchestration.window import Window

Market = tuple[str, str]
"""Venue and symbol."""

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


def join_again(
    lake: Lake, chosen: Sequence[Detector], window: Window, info: dict[str, str]
) -> list[Changes]:
    """Join the hits around a changed window into alerts; write what changed, in one commit."""

    def read(connection: DuckDBPyConnection) -> list[Changes]:
        one_thread(connection)
        snapshot_id = lake.snapshot_id(connection)
        return [changes_of(connection, detector, window, info, snapshot_id) for detector in chosen]

    return lake.revise(
        read, keep, tables=(ALERTS.name, REVISIONS.name), message="alerts", commit_info=info
    )


def changes_of(
    connection: DuckDBPyConnection,
    detector: Detector,
    window: Window,
    info: dict[str, str],
    snapshot_id: int,
    source: Source = in_lake,
    *,
    markets: Collection[Market] | None = None,
) -> Changes:
    """What one detector's hits around a window change in its alerts.

    Alerts of one market depend on its hits alone: where none of a window's hits has been replaced,
    only the `markets` that have new ones need be looked at.
    """

    def load(stretch: Window) -> list[Hit]:
        return hits_of(connection, detector, stretch, source, markets)

    stretch, found = load_settled(load, window, detector.reach)
    # what the newest of the hits was judged on, so that the alert can be derived from it
    newest = max((hit.input_snapshot_id or 0 for hit in found), default=snapshot_id)
    stamps = stamps_of(newest, info)
    current = alerts_of(connection, detector, stretch, source, markets)
    return rejoin(found, current, window, detector, stamps)


def keep(
    connection: DuckDBPyConnection, changes: Sequence[Changes], *, is_new: bool = False
) -> None:
    """Replace the current rows of the changed alerts, and add them to the revisions.

    It may be the replay of a commit of which only the answer was lost, unless it `is_new`.
    """
    replace_current(connection, changes, is_new=is_new)
    rows = [alert for change in changes for alert in change.rows]
    if rows and not is_new:
        found = connection.execute(
            f"select alert_id, revision from lake.{REVISIONS.name} "
            "where alert_id in (select unnest(?))",
            [[row.alert_id for row in rows]],
        ).fetchall()
        said = set(found)
        rows = [row for row in rows if (row.alert_id, row.revision) not in said]
    insert_rows(connection, REVISIONS.name, rows)


def replace_current(
    connection: DuckDBPyConnection,
    changes: Sequence[Changes],
    database: str = ALIAS,
    *,
    is_new: bool = False,
) -> None:
    """Replace the current rows of the changed alerts; one that was opened has none if it is new."""
    alerts = [alert for change in changes for alert in change.rows]
    # a replay may find its own rows, where the time of detection is another
    stood, known_by = alerts, "first_hit_start_at"
    if is_new:
        stood, known_by = [alert for change in changes for alert in change.replaced], "detected_at"
    if stood:
        # by id alone the lake would open every file
        times = [getattr(alert, known_by) for alert in stood]
        connection.execute(
            f"delete from {database}.{ALERTS.name} where alert_id in (select unnest(?)) "
            f"and {known_by} between ? and ?",
            [[alert.alert_id for alert in stood], min(times), max(times)],
        )
    insert_rows(connection, ALERTS.name, alerts, database)


def hits_of(
    connection: DuckDBPyConnection,
    detector: Detector,
    window: Window,
    source: Source,
    markets: Collection[Market] | None,
) -> list[Hit]:
    """A detector's hits whose cell starts in a window, of its present version and thresholds."""
    rows = connection.execute(
        f"select {', '.join(field.name for field in fields(Hit))} "
        f"from {source(HITS.name, window.start_at)} "
        f"where detector = ? and cell_start_at >= ? and cell_start_at < ? and {_among(markets)}",
        [detector.name, window.start_at, window.end_at, *_flat(markets)],
    ).fetchall()
    return [Hit(**dict(zip(Hit.__slots__, row, strict=True))) for row in rows]


def alerts_of(
    connection: DuckDBPyConnection,
    detector: Detector,
    window: Window,
    source: Source,
    markets: Collection[Market] | None,
) -> list[Alert]:
    """A detector's alerts whose first hit starts in a window, in their current revision."""
    rows = connection.execute(
        f"select {', '.join(field.name for field in fields(Alert))} "
        f"from {source(ALERTS.name, window.start_at)} "
        "where detector = ? and first_hit_start_at >= ? and first_hit_start_at < ? "
        f"and {_among(markets)}",
        [detector.name, window.start_at, window.end_at, *_flat(markets)],
    ).fetchall()
    return [Alert(**dict(zip(Alert.__slots__, row, strict=True))) for row in rows]


def _among(markets: Collection[Market] | None) -> str:
    if markets is None:
        return "true"
    return f"(venue, symbol) in ({', '.join(['(?, ?)'] * len(markets))})" if markets else "false"


def _flat(markets: Collection[Market] | None) -> list[str]:
    return [name for market in markets or () for name in market]


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


def describe_changes(changes: Sequence[Changes]) -> str:
    """How many alerts were opened, revised and superseded."""
    opened, revised, superseded = (
        sum(len(getattr(change, name)) for change in changes)
        for name in ("opened", "revised", "superseded")
    )
    return f"{opened} opened, {revised} revised, {superseded} superseded"
