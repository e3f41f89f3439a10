"""The tables of alerts and incidents: the current revision of each, and every one that ever was."""

from dataclasses import dataclass

from assets.alerts.episodes import Alert
from assets.alerts.incidents import Incident
from assets.detection.hits import Hit
from assets.lake.tables import Table

ALERTS = Table.of(
    "alerts.alerts",
    Alert,
    meaning="Each alert in its current revision: an episode of one detector and subject.",
    like=(Hit,),
)
REVISIONS = Table.of(
    "alerts.revisions", Alert, meaning="Every revision of every alert.", like=(Hit,)
)
INCIDENTS = Table.of(
    "alerts.incidents",
    Incident,
    meaning="Each incident in its current revision: the alerts that saw one event.",
    like=(Hit, Alert),
)
INCIDENT_REVISIONS = Table.of(
    "alerts.incident_revisions",
    Incident,
    meaning="Every revision of every incident.",
    like=(Hit, Alert),
)


@dataclass(frozen=True)
class Revised:
    """Where rows that are revised lie, and the columns that find one: its id and its begin."""

    current: Table
    revisions: Table
    id: str
    begins: str


ALERT_ROWS = Revised(ALERTS, REVISIONS, "alert_id", "first_hit_start_at")
INCIDENT_ROWS = Revised(INCIDENTS, INCIDENT_REVISIONS, "incident_id", "window_start_at")
