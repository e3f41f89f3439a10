"""Every table of the lake, gathered from the stages that write them, and how they are made."""

from assets.alerts.tables import ALERTS, REVISIONS
from assets.anomaly.tables import ANOMALY
from assets.detection.tables import DETECTOR_RUNS, HITS
from assets.lake.lake import Lake
from assets.publishing.tables import PUBLISHED
from assets.risk.tables import SYMBOL_RISK
from assets.simulation.tables import EPISODES
from assets.transform.compiled_models import models
from assets.transform.tables import OWN_TABLES

TABLES = (
    HITS, ALERTS, REVISIONS, PUBLISHED, DETECTOR_RUNS, *OWN_TABLES, ANOMALY, SYMBOL_RISK,
    EPISODES,
)  # fmt: skip


def create_tables(lake: Lake) -> None:
    """Create every table of the lake that is missing: dbt's, from its contracts, and our own."""
    windowed = [model.table for model in models(lake.settings.root) if model.window_column]
    lake.create([*windowed, *TABLES])
