"""Revisions of incidents, as the incidents' asset appends them."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from assets.alerts.tables import INCIDENT_REVISIONS
from assets.lake.insert import insert_rows
from assets.lake.lake import Lake


def revision(incident_id: str, severity: str = "high", **more: Any) -> dict[str, Any]:
    """A revision of an incident of 9 August 2024, found now."""
    return {
        "incident_id": incident_id,
        "revision": 1,
        "status": "open",
        "lead_alert_id": "a1",
        "detector": "pump_and_dump",
        "typology": "pump_and_dump",
        "is_confirmed": True,
        "severity": severity,
        "score": 0.9,
        "subject_kind": "market",
        "subject_id": "v KITE-USDT",
        "venues": json.dumps(["v"]),
        "symbols": json.dumps(["KITE-USDT"]),
        "accounts": json.dumps(["T1", "T2"]),
        "alert_count": 1,
        "window_start_at": datetime(2024, 8, 9, 10, 39, 5),
        "window_end_at": datetime(2024, 8, 9, 10, 40, 15),
        "description": "36 orders to buy swept the book within 20 s.",
        "recommended_action": "Ask the venue for the orders.",
        "trade_day": datetime(2024, 8, 9).date(),
        "detected_at": datetime.now(UTC).replace(tzinfo=None),
    } | more


def append(lake: Lake, rows: Sequence[dict[str, Any]]) -> None:
    """Append revisions in one commit."""
    lake.write(
        lambda connection: insert_rows(connection, INCIDENT_REVISIONS.name, rows),
        tables=(INCIDENT_REVISIONS,),
        message="test",
        commit_info={},
    )
