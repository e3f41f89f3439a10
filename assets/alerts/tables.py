"""The tables of alerts: the current revision of each, and every revision that ever was."""

from assets.alerts.episodes import Alert
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
