"""Every table of the lake, gathered from the stages that write them, and how they are made."""

from assets.alerts.tables import ALERTS, INCIDENT_REVISIONS, INCIDENTS, REVISIONS
from assets.anomaly.tables import ANOMALY
from assets.cases.tables import DECISIONS
from assets.clusters.tables import CLUSTERS
from assets.detection.tables import DETECTOR_RUNS, HITS
from assets.lake.lake import Lake
from assets.lake.tables import Table, comments_on
from assets.publishing.tables import PUBLISHED, PUBLISHED_ROWS
from assets.risk.tables import RISK_EVENTS, RISK_MEASURES, SYMBOL_RISK
from assets.scoring.tables import ACCOUNT_RISK, TRADE_RISK
from assets.simulation.tables import EPISODES
from assets.transform.compiled_models import models
from assets.transform.tables import OWN_TABLES

TABLES = (
    HITS, ALERTS, REVISIONS, INCIDENTS, INCIDENT_REVISIONS, PUBLISHED, PUBLISHED_ROWS,
    DETECTOR_RUNS, *OWN_TABLES, ANOMALY, CLUSTERS, SYMBOL_RISK, *RISK_MEASURES, RISK_EVENTS,
    TRADE_RISK, ACCOUNT_RISK, EPISODES, DECISIONS,
)  # fmt: skip


def every_table(lake: Lake) -> list[Table]:
    """dbt's tables, from the contracts of its models, and our own."""
    return [*(model.table for model in models(lake.settings.root) if model.window_column), *TABLES]


def create_tables(lake: Lake) -> None:
    """Create every table of the lake that is missing, with the comments that say what it means."""
    lake.create(every_table(lake))


def refresh_comments(lake: Lake) -> int:
    """Give tables and columns the comments of this version; how many were missing or others."""
    lake.require()
    with lake.lock(), lake.connect(read_only=False, must_exist=True) as connection:
        statements = comments_on(connection, every_table(lake))
        if statements:
            lake.commit(
                connection,
                lambda connection: connection.execute(";".join(statements)),
                message="comments",
                commit_info={},
            )
    return len(statements)
