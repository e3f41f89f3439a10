"""Days of few rows in one step, by the functions behind the assets of `daily_surveillance`.

For a hundred assets and checks Dagster takes as long as the stages do for ten thousand rows. The
step reports each asset and check that it ran, by key and day, so the catalog shows the same.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from traceback import format_exception_only
from typing import Any

import dagster as dg

from assets.alerts.asset import (
    current_alerts,
    current_incidents,
    join_days,
    join_incidents_of_days,
)
from assets.anomaly.asset import anomaly_scores, score_days
from assets.clusters.asset import closed_clusters, cluster_days
from assets.detection.asset import judge_days
from assets.detection.detector import detectors
from assets.lake.locked_lake import locked
from assets.lake.partitions import Result, evaluations
from assets.lake.resource import LakeResource, Run
from assets.market.window import Window
from assets.publishing.asset import conclude_days, daily_report, report_days, verdict
from assets.publishing.site.asset import refresh_site, site
from assets.risk.asset import (
    find_events_of_days,
    measure_risk_of_days,
    rate_days,
    risk_events,
    symbol_risk,
)
from assets.scoring.asset import (
    account_risk,
    rate_days_of_accounts,
    score_days_of_trades,
    trade_risk,
)
from assets.stream.parity import CHECK, compare_days
from assets.tables import every_table
from assets.transform.asset import features, measure_days, normalise, normalise_days
from orchestration.event_log import in_one_transaction
from orchestration.progress import timed

Stage = Callable[[Run], Result | Iterable[Result]]


class Days(dg.Config):
    """UTC midnights without an offset: the start of the first day and the end of the last."""

    start_at: str
    end_at: str


@dg.op(
    description="Every stage from landed objects to the verdict, over one database.",
    out=dg.Out(dg.Nothing),
)
def watch_days(context: dg.OpExecutionContext, config: Days, lake: LakeResource) -> Iterator[Any]:
    window = Window(datetime.fromisoformat(config.start_at), datetime.fromisoformat(config.end_at))
    log = context.instance.event_log_storage
    with locked(lake.open()) as opened:
        # at once: each stage would look for its own
        opened.create(every_table(opened))
        run = Run(opened, window, context.run_id, context.log)
        for name, key, stage in stages():
            with timed(name), named(name), in_one_transaction(log):
                found = stage(run)
                for result in [found] if isinstance(found, Result) else found:
                    yield from events(result, key, window)
    yield dg.Output(None)


@dg.job(
    description="A UTC day of few rows (or a range of days) as `daily_surveillance` takes it, in "
    "one step; `tapewatch run` starts it.",
    executor_def=dg.in_process_executor,
)
def small_day_surveillance() -> None:
    watch_days()


@contextmanager
def named(stage: str) -> Iterator[None]:
    """A failure with the stage's name in its metadata: the step's own says nothing."""
    try:
        yield
    except dg.Failure as failure:
        metadata = {**failure.metadata, "stage": stage}
        raise dg.Failure(failure.description, metadata, allow_retries=False) from failure
    except Exception as error:
        (*_, reason) = format_exception_only(error)
        raise dg.Failure(reason.strip(), {"stage": stage}) from error


def stages() -> Iterator[tuple[str, dg.AssetKey, Stage]]:
    """Name, asset and function of each stage behind landing, in the order of the data.

    The results of the two builds, of the detectors and of the risk measures name their own assets.
    """
    yield "normalise", dg.AssetKey("normalise"), partial(normalise_days, selected=normalise.keys)
    yield "features", dg.AssetKey("features"), partial(measure_days, selected=features.keys)
    alerts = current_alerts.key
    every = {detector.name for detector in detectors()}
    single: list[tuple[dg.AssetKey, Stage]] = [
        (anomaly_scores.key, score_days),
        (closed_clusters.key, cluster_days),
        (dg.AssetKey("hits"), partial(judge_days, chosen=detectors())),
        (alerts, join_days),
        (alerts, compare_days),
        (current_incidents.key, join_incidents_of_days),
        (dg.AssetKey("risk_measures"), measure_risk_of_days),
        (symbol_risk.key, rate_days),
        (risk_events.key, find_events_of_days),
        (trade_risk.key, score_days_of_trades),
        (account_risk.key, rate_days_of_accounts),
        (daily_report.key, report_days),
        (site.key, refresh_site),
        (verdict.key, partial(conclude_days, chosen=every)),
    ]
    for key, stage in single:
        is_check = stage is compare_days
        yield f"{key.to_user_string()}{f'_{CHECK}' if is_check else ''}", key, stage


def events(
    result: Result, key: dg.AssetKey, window: Window
) -> Iterator[dg.AssetMaterialization | dg.AssetCheckEvaluation]:
    """What Dagster records of a result whose asset or check it did not run itself."""
    made = result.asset_key or key
    if isinstance(result, dg.MaterializeResult):
        for day in window.days:
            yield dg.AssetMaterialization(made, metadata=result.metadata, partition=str(day))
    yield from evaluations(result, window, made)
