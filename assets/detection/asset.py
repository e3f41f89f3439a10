"""One Dagster asset a detector, made from the registry; each owns its rows of `alerts.hits`."""

from collections.abc import Iterator, Sequence
from typing import Any

import dagster as dg

from assets.detection.detector import Detector, detectors
from assets.detection.hits import Hit
from assets.detection.judging import judge
from assets.detection.null_rate import null_rate_on
from assets.lake.markdown import plain_markdown
from assets.lake.partitions import by_day, daily, whole_range
from assets.lake.previews import PREVIEW_ROWS
from assets.lake.resource import LakeResource, Run, run_of
from assets.market.venue import SIMULATED
from assets.transform import late_data


def hits_asset(detector: Detector) -> dg.AssetsDefinition:
    """The asset that owns a detector's rows of `alerts.hits`."""
    key = key_of(detector)

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
            "simulated_rate_per_symbol_day": null_rate_on(detector, SIMULATED),
            "grid": str(detector.grid),
        },
        check_specs=[
            dg.AssetCheckSpec(
                "detector_ran",
                asset=key,
                partitions_def=daily,
                description="The detector ended without an error.",
            )
        ],
    )
    def hits_of_detector(context: dg.AssetExecutionContext, lake: LakeResource) -> Iterator[Any]:
        run = run_of(context, lake)
        yield from by_day(judge_days(run, [detector]), run.window, key)

    return hits_of_detector


def judge_days(run: Run, chosen: Sequence[Detector]) -> Iterator[dg.MaterializeResult]:
    """Replace the detectors' hits of the run's days, and of the later ones that look back on them.

    Gives what each detector's asset says of itself.
    """
    window = late_data.reopened(run.lake, run.window, run.run_id)
    for detector, judgement in judge(run.lake, chosen, window, run.commit_info).items():
        if judgement.error is not None:
            run.log.error(judgement.error)
        yield dg.MaterializeResult(
            asset_key=key_of(detector),
            metadata={
                "dagster/row_count": len(judgement.hits),
                "window": str(window),
                "preview": dg.MetadataValue.md(preview(judgement.hits)),
                "expected_false_alerts": sum(
                    run.expected_false_alerts for run in judgement.runs or ()
                ),
            },
            check_results=[
                dg.AssetCheckResult(
                    check_name="detector_ran",
                    passed=judgement.error is None,
                    metadata={"traceback": judgement.error or "none"},
                )
            ],
        )


def key_of(detector: Detector) -> dg.AssetKey:
    """The asset that owns a detector's hits."""
    return dg.AssetKey(["hits", detector.name])


def preview(hits: Sequence[Hit]) -> str:
    """The first hits as Markdown lines."""
    lines = [
        f"- {plain_markdown(f'{hit.venue} {hit.symbol}')} {hit.cell_start_at}: {hit.kind}, "
        f"{hit.statistic:.4g} against {hit.threshold:.4g}, score {hit.score:.2f}"
        for hit in hits[:PREVIEW_ROWS]
    ]
    return "\n".join(lines) or "no hits"


def input_key(name: str) -> dg.AssetKey:
    """The asset that makes a detector's input."""
    schema = "scores" if name == "anomaly_5m" else "features"
    return dg.AssetKey([schema, name])


hits = [hits_asset(detector) for detector in detectors()]
