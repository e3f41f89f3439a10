"""A closed window of a stream as one Dagster run, over the same assets as a day's run.

One step instead of sixty: a step costs Dagster more than a window costs us. The step reports every
asset that it wrote, by its key and day, so lineage and history show windows and days alike.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import dagster as dg

from assets.alerts.current import describe_changes
from assets.detection.asset import preview
from assets.detection.detector import detectors
from assets.lake.lake import Lake
from assets.lake.resource import LakeResource, commit_info
from assets.lake.sessions import PerLake
from assets.landing.writer import put_columns
from assets.market.window import Window
from assets.stream import tags
from assets.stream.micro_batch import MicroBatch, run_window
from assets.stream.stream import Stream, connected
from assets.tables import create_tables
from assets.transform.asset import key_of_table


class ClosedWindow(dg.Config):
    """UTC times without an offset, on the grid of one second, and keys of landed objects."""

    start_at: str
    end_at: str
    objects: list[str]


@dg.op(
    description="Normalise, measure and judge the trades of a closed window; join alerts again.",
    out=dg.Out(dg.Nothing),
)
def watch_window(
    context: dg.OpExecutionContext, config: ClosedWindow, lake: LakeResource
) -> Iterator[Any]:
    opened = lake.open()
    window = Window(datetime.fromisoformat(config.start_at), datetime.fromisoformat(config.end_at))
    with streams.of(opened) as stream:
        batch = run_window(stream, window, config.objects, commit_info(context.run_id))
    context.instance.add_run_tags(context.run_id, {tags.FACTS_COMMITTED: "true"})
    yield from events(batch)
    context.log.info(
        f"{batch.window}: {batch.row_counts.get('core.trades', 0):,} trades of "
        f"{len(batch.objects)} objects; {describe_changes(batch.judged.alerts)}"
    )
    judgements = batch.judged.judgements
    if batch.failed:
        raise dg.Failure(
            f"{len(judgements) - len(batch.failed)} of {len(judgements)} detectors "
            f"judged {batch.window}, failed: {', '.join(batch.failed)}. The trades are in the "
            "lake; run the day again when the detector is mended",
            allow_retries=False,
        )
    yield dg.Output(None)


@dg.job(
    description="A closed window of the stream, from landed objects to alerts; started by the "
    "sensor closed_windows.",
    executor_def=dg.in_process_executor,
)
def stream_surveillance() -> None:
    watch_window()


@contextmanager
def ready(lake: Lake) -> Iterator[Stream]:
    """A stream over a lake that has all of its tables."""
    create_tables(lake)
    put_columns(lake.objects, lake.settings.scratch)
    with connected(lake) as stream:
        yield stream


streams = PerLake(ready)
"""A stream for one window after another: a warm process makes it once."""


def events(batch: MicroBatch) -> Iterator[dg.AssetMaterialization | dg.AssetCheckEvaluation]:
    """What a window wrote, asset by asset, and whether each detector ran.

    An event costs a hundredth of a second: an asset without rows has none.
    """
    day = str(batch.window.days[-1])
    shown = {"window": str(batch.window)}
    for table, rows in batch.row_counts.items():
        if rows:
            yield dg.AssetMaterialization(
                key_of_table(table), partition=day, metadata=shown | {"dagster/row_count": rows}
            )
    if batch.judged.scored is not None:
        yield dg.AssetMaterialization(
            ["scores", "anomaly_5m"],
            partition=day,
            metadata=shown | {"scored": batch.judged.scored},
        )
    for detector in detectors():
        judgement = batch.judged.judgements.get(detector.name)
        if judgement is None:
            continue
        key = dg.AssetKey(["hits", detector.name])
        if judgement.hits:
            yield dg.AssetMaterialization(
                key,
                partition=day,
                metadata=shown
                | {
                    "dagster/row_count": len(judgement.hits),
                    "preview": dg.MetadataValue.md(preview(judgement.hits)),
                },
            )
        # a check that passes is reported with the day's coverage, a failed one always
        if judgement.runs is not None:
            yield dg.AssetCheckEvaluation(
                asset_key=key,
                check_name="detector_ran",
                passed=judgement.error is None,
                metadata={"traceback": judgement.error or "none"},
            )
    alerts, incidents = batch.judged.alerts, batch.judged.incidents
    if any(changes.rows for changes in alerts):
        yield dg.AssetMaterialization(
            ["alerts", "alerts"],
            partition=day,
            metadata=shown | {"changes": describe_changes(alerts)},
        )
    if incidents.rows:
        yield dg.AssetMaterialization(
            ["alerts", "incidents"],
            partition=day,
            metadata=shown | {"changes": describe_changes([incidents])},
        )
