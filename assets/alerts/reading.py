"""Alerts as a person or a program asks for them: listed, named by an id, explained."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any

from duckdb import DuckDBPyConnection

from assets.alerts.tables import ALERTS
from assets.alerts.trades import LARGEST_FIRST, condition_of, count_trades, read_trades
from assets.lake import LakeError
from assets.lake.lake import Lake
from assets.lake.tables import refuse_other_versions
from assets.market.window import Window
from reports.queries import rows

LISTED = (
    "alert_id", "severity", "detector", "subject_kind", "subject_id", "venue", "symbol",
    "window_start_at", "window_end_at", "score", "is_confirmed", "revision",
)  # fmt: skip
TRADES_SHOWN = 20
IDS_SHOWN = 5
# an id's beginning as tables show it, and as every command takes it
ID_SHOWN = 12
EVER = datetime(1970, 1, 1)
TRADE_COLUMNS = """
    traded_at, trade_id, aggressor_side, price_double as price, quantity_double as quantity,
    notional::double as notional, account_id, counterparty_account_id
"""
Rows = list[dict[str, Any]]


class AlertIdError(LakeError):
    """What was given names no single alert: nothing at all, or the beginning of several ids."""


@dataclass(frozen=True)
class Explanation:
    """One alert, the numbers that were measured, and the largest of the trades behind it."""

    alert: dict[str, Any]
    evidence: dict[str, Any]
    trade_count: int
    trades: Rows


def list_alerts(lake: Lake, since: datetime | None) -> Rows:
    """Current alerts whose window ends at or after `since` (UTC), newest first."""
    with lake.connect() as connection:
        refuse_other_versions(connection, [ALERTS])
        return rows(
            connection,
            "from lake.alerts.alerts where status <> 'superseded' and window_end_at >= ? "
            "order by window_start_at desc, alert_id",
            [since or EVER],
        )


def alerts_of_windows(connection: DuckDBPyConnection, windows: Sequence[Window]) -> Rows:
    """Current alerts that begin inside one of the windows, in order of time, the listed columns."""
    found = rows(
        connection,
        f"select {', '.join(LISTED)} from lake.alerts.alerts where status <> 'superseded' "
        "order by window_start_at, alert_id",
    )
    return [
        row
        for row in found
        if any(window.start_at <= row["window_start_at"] < window.end_at for window in windows)
    ]


def explain_alert(lake: Lake, alert_id: str) -> Explanation:
    """The alert that an id, or the unique beginning of one, names."""
    with lake.connect() as connection:
        alert = alert_named(connection, alert_id)
        evidence = json.loads(alert["evidence"])
        condition = condition_of(alert)
        if condition is None:
            return Explanation(alert, evidence, 0, [])
        return Explanation(
            alert,
            evidence,
            count_trades(connection, condition),
            read_trades(
                connection,
                condition,
                columns=TRADE_COLUMNS,
                order=LARGEST_FIRST,
                limit=TRADES_SHOWN,
            ),
        )


def trades_behind(lake: Lake, alert: dict[str, Any]) -> Rows:
    """Every trade behind an alert, in order of time; LakeError where it names none."""
    condition = condition_of(alert)
    if condition is None:
        raise LakeError(
            f"alert {alert['alert_id'][:ID_SHOWN]} judges a whole window and names no trades: "
            "`tapewatch explain` says which window"
        )
    with lake.connect() as connection:
        return read_trades(connection, condition)


def alert_named(connection: DuckDBPyConnection, alert_id: str) -> dict[str, Any]:
    """The one alert whose id begins so; raises if there is none or more than one."""
    if not alert_id.strip():
        raise AlertIdError("the alert's id is missing: `tapewatch alerts` lists the ids")
    refuse_other_versions(connection, [ALERTS])
    found = rows(
        connection,
        "from lake.alerts.alerts where starts_with(alert_id, ?) order by alert_id",
        [alert_id],
    )
    if not found:
        raise LakeError(f"no alert {alert_id!r}: `tapewatch alerts` lists the ids")
    if len(found) > 1:
        raise AlertIdError(_ambiguous(alert_id, [alert["alert_id"] for alert in found]))
    return found[0]


def _ambiguous(beginning: str, ids: Sequence[str]) -> str:
    """Which ids begin so, and how many characters tell them apart."""
    least = next(n for n in count(1) if len({one[:n] for one in ids}) == len(ids))
    named = ", ".join(one[: max(least, ID_SHOWN)] for one in ids[:IDS_SHOWN])
    further = f" and {len(ids) - IDS_SHOWN:,} more" if len(ids) > IDS_SHOWN else ""
    return (
        f"{len(ids):,} alerts begin with {beginning!r}: {named}{further}; "
        f"give at least {least} characters of the id"
    )
