"""The minutes of an incident: what its market did, with its alerts and its accounts."""

from collections.abc import Mapping, Sequence
from typing import Any

from duckdb import DuckDBPyConnection

from assets.alerts.minutes import Market, Span, minutes_of
from assets.detection.detector import detectors
from reports.chart_rows import Minutes, Strip
from reports.marks import Mark, marks

# of a detector that this version does not have any more
UNKNOWN = Mark(8, "hexagon")


def detector_marks() -> dict[str, Mark]:
    """Every detector's mark, by its name, the same on all pages."""
    return marks(sorted(one.name for one in detectors()))


def window_of_alerts(alerts: Sequence[Mapping[str, Any]]) -> Span:
    """From the first alert's start to the last one's end."""
    return (
        min(one["window_start_at"] for one in alerts),
        max(one["window_end_at"] for one in alerts),
    )


def incident_minutes(
    connection: DuckDBPyConnection,
    alerts: Sequence[Mapping[str, Any]],
    accounts: Sequence[str],
    span: Span,
) -> Minutes | None:
    """A span of the market of an incident's lead, its first alert; None where it names no market.

    `accounts` are those of most money first.
    """
    lead, marked = alerts[0], detector_marks()
    if not lead["venue"] or not lead["symbol"]:
        return None
    strips = [
        Strip(
            one["detector"], marked.get(one["detector"], UNKNOWN), one["window_start_at"],
            one["window_end_at"],
        )
        for one in alerts
    ]  # fmt: skip
    return minutes_of(
        connection, Market(lead["venue"], lead["symbol"]), span, window=window_of_alerts(alerts),
        strips=strips, accounts=accounts,
    )  # fmt: skip
