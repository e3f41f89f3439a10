"""A row of `leading_takers_1m`, and the hits that a detector finds beside such rows."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from duckdb import DuckDBPyRelation

from assets.detection.detector import Detector
from assets.detection.hit_rows import hit_rows

Row = dict[str, Any]


def leader_of(stretch: str, side_notional: float, cell_end_at: datetime, **measured: Any) -> Row:
    """Who took three quarters of a side in twenty orders, and since then as much on the other."""
    led = {
        "venue": "binance",
        "symbol": "AAA-USDT",
        "stretch": stretch,
        "account_id": "A1",
        "order_count": 20,
        "notional": 0.75 * side_notional,
        "side_notional": side_notional,
        "notional_back": 0.75 * side_notional,
        "usual_move_1m": 0.0008,
        "cell_end_at": cell_end_at,
    }
    return led | measured


def hits_of(detector: Detector, inputs: Mapping[str, DuckDBPyRelation]) -> list[Row]:
    """The hits in rows, with their evidence read."""
    hits = hit_rows(detector, dict(inputs))
    rows = [dict(zip(hits.columns, row, strict=True)) for row in hits.fetchall()]
    return [row | {"evidence": json.loads(row["evidence"])} for row in rows]
