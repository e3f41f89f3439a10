"""The whole platform on one screen: read this file first."""

import dagster as dg

from assets.alerts.asset import current_alerts, current_incidents
from assets.anomaly.asset import anomaly_scores
from assets.cases.asset import recorded_decisions
from assets.clusters.asset import closed_clusters
from assets.detection.asset import hits
from assets.lake.resource import LakeResource
from assets.landing.asset import landed_trades
from assets.landing.venues.asset import exchange_trades
from assets.maintenance.asset import maintained_lake
from assets.publishing.asset import daily_report, verdict
from assets.publishing.site.asset import site
from assets.risk.asset import risk_events, risk_measures, symbol_risk
from assets.scoring.asset import account_risk, stream_scores, trade_risk
from assets.simulation.asset import simulated_trades
from assets.stream.job import stream_surveillance
from assets.stream.parity import stream_parity
from assets.transform.accounts.asset import recorded_accounts
from assets.transform.asset import features, normalise
from orchestration.catalog import catalogued
from orchestration.freshness import FRESHNESS, check_freshness, freshness_every_hour
from orchestration.progress import console_progress
from orchestration.schedules import JOBS, SCHEDULES
from orchestration.small_day import small_day_surveillance
from sensors.closed_hours import closed_hours
from sensors.closed_windows import closed_windows
from sensors.deliveries import deliveries
from sensors.fresh_files import fresh_files
from sensors.topics_out import topics_out

definitions = dg.Definitions(
    # in the order in which the data flows
    assets=catalogued(
        [
            landed_trades,
            *exchange_trades,
            simulated_trades,
            recorded_accounts,
            normalise,
            features,
            anomaly_scores,
            closed_clusters,
            *hits,
            current_alerts,
            current_incidents,
            risk_measures,
            symbol_risk,
            risk_events,
            trade_risk,
            account_risk,
            daily_report,
            site,
            verdict,
            maintained_lake,
            recorded_decisions,
        ]
    ),
    asset_checks=[stream_parity, *FRESHNESS],
    jobs=[*JOBS, check_freshness, small_day_surveillance, stream_surveillance, stream_scores],
    schedules=[*SCHEDULES, freshness_every_hour],
    sensors=[closed_windows, closed_hours, deliveries, fresh_files, topics_out],
    resources={"lake": LakeResource()},
    executor=dg.in_process_executor,
    loggers={"progress": console_progress},
)
