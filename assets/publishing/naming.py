"""Who is behind the alerts of a batch of messages: looked up again only where an alert has grown.

A stream revises an alert that goes on every few seconds; its trades may be many thousands. A
message names the accounts of its revision, or of one of the last that had half its time at least.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from duckdb import DuckDBPyConnection

from assets.alerts.parties import parties_of, time_read
from assets.alerts.trades import condition_of
from reports.parties import NOBODY, Parties

Row = dict[str, Any]

GROWN = 2
MOST = 10_000
OWN_TIME = timedelta(0)


class Naming:
    """Looks the parties of alerts up for messages, and remembers them by alert."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[timedelta, Parties]] = {}

    def of(self, connection: DuckDBPyConnection, alerts: Sequence[Row]) -> list[Parties]:
        """The accounts behind each alert, by the market's trades of its own time alone."""
        lengths = {place: _length(alert) for place, alert in enumerate(alerts)}
        due = [place for place, alert in enumerate(alerts) if self._is_due(alert, lengths[place])]
        # of several revisions the last one is looked up
        latest = {alerts[place]["alert_id"]: place for place in due}
        found = parties_of(
            connection, [alerts[place] for place in latest.values()], beside=OWN_TIME
        )
        if len(self._found) + len(latest) > MOST:
            self._found.clear()
        for (alert_id, place), parties in zip(latest.items(), found, strict=True):
            self._found[alert_id] = lengths[place] or OWN_TIME, parties
        return [self._found.get(alert["alert_id"], (OWN_TIME, NOBODY))[1] for alert in alerts]

    def _is_due(self, alert: Row, length: timedelta | None) -> bool:
        if length is None:
            return False
        known = self._found.get(alert["alert_id"])
        return known is None or length >= GROWN * known[0]


def _length(alert: Row) -> timedelta | None:
    """Of the time of an alert and its trades; None where its evidence selects none."""
    if condition_of(alert) is None:
        return None
    start_at, end_at = time_read(alert, OWN_TIME)
    return end_at - start_at
