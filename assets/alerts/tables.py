"""The tables of alerts: the current revision of each, and every revision that ever was."""

from assets.alerts.episodes import Alert
from assets.lake.tables import Table

ALERTS = Table.of("alerts.alerts", Alert)
REVISIONS = Table.of("alerts.revisions", Alert)
