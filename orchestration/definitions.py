"""The whole platform on one screen: read this file first."""

import dagster as dg

from assets import alerts, dbt, ingest, publications, scores, stream_window, upkeep
from orchestration.progress import console_progress
from orchestration.resources import LakeResource
from orchestration.schedules import JOBS, SCHEDULES
from sensors import alerts_out, closed_windows, fresh_files, run_failures, severe_alerts

definitions = dg.Definitions(
    # in the order in which the data flows
    assets=[
        ingest.landed_trades,
        dbt.normalise,
        dbt.features,
        scores.anomaly_scores,
        *alerts.hits,
        alerts.current_alerts,
        scores.symbol_risk,
        publications.daily_report,
        publications.verdict,
        upkeep.maintained_lake,
    ],
    jobs=[*JOBS, stream_window.stream_surveillance],
    schedules=SCHEDULES,
    sensors=[
        fresh_files.fresh_files,
        closed_windows.closed_windows,
        alerts_out.alerts_out,
        severe_alerts.severe_alerts,
        run_failures.run_failures,
    ],
    resources={"lake": LakeResource()},
    executor=dg.in_process_executor,
    loggers={"progress": console_progress},
)
