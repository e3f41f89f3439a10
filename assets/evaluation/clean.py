"""Alerts on data that is known to be clean: how many a symbol-day, beside the stated rate."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from assets.detection.measured import TRUE_LEVEL
from ml.intervals import count_interval, rate_interval

ALL = "all"
INCIDENTS = "incidents"


@dataclass(frozen=True, kw_only=True)
class CleanRow:
    """One detector at one severity of its alerts, or at all; rates are by symbol-day.

    The interval of the rate holds it in 95 of 100 cases. `is_stated_rate_true` says whether the
    count lies where the stated rate has it in 999 of 1,000 cases; severities have no stated rate.
    """

    detector: str
    severity: str
    alerts: int
    symbol_days: float
    rate: float
    rate_interval: tuple[float, float]
    stated_rate: float | None
    allowed_alerts: tuple[int, int] | None
    is_stated_rate_true: bool | None


def evaluate_clean(
    alerts: Iterable[Mapping[str, Any]],
    incidents: Iterable[Mapping[str, Any]],
    symbol_days: float,
    stated: Mapping[str, float],
) -> list[CleanRow]:
    """Count each detector's current alerts, and all incidents, over clean symbol-days.

    Rows are those of `alerts.alerts` and `alerts.incidents`; incidents are counted under the name
    `incidents`. `stated` is the alerts a symbol-day that each detector expects by chance.

    Raises ValueError where there is nothing to divide by.
    """
    if symbol_days <= 0:
        raise ValueError("no symbol-day: there is no time between the first and the last trade")
    by_name: dict[str, list[str]] = {name: [] for name in stated} | {INCIDENTS: []}
    for row in alerts:
        if row["status"] != "superseded" and row["detector"] in by_name:
            by_name[row["detector"]].append(row["severity"])
    by_name[INCIDENTS] = [row["severity"] for row in incidents if row["status"] != "superseded"]
    rows = []
    for name, severities in by_name.items():
        for severity in (*sorted(set(severities)), ALL):
            count = len(severities) if severity == ALL else severities.count(severity)
            rate = stated.get(name) if severity == ALL else None
            rows.append(_row(name, severity, count, symbol_days, rate))
    return rows


def _row(
    detector: str, severity: str, count: int, symbol_days: float, stated: float | None
) -> CleanRow:
    allowed = None if stated is None else count_interval(stated * symbol_days, TRUE_LEVEL)
    return CleanRow(
        detector=detector,
        severity=severity,
        alerts=count,
        symbol_days=symbol_days,
        rate=count / symbol_days,
        rate_interval=rate_interval(count, symbol_days),
        stated_rate=stated,
        allowed_alerts=allowed,
        is_stated_rate_true=None if allowed is None else allowed[0] <= count <= allowed[1],
    )
