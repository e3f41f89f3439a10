"""Which incidents a filter means, and in which order."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from assets.cases.filtering import Asker, choose
from assets.cases.filters import filter_of
from assets.cases.reading import WorkedIncident
from assets.cases.state import IncidentState

NOON = datetime(2026, 3, 2, 12)
ANA = Asker("ana", NOON)
MONEY = {"a-alert": 2e6, "b-alert": 5e4, "d-alert": 3e6}


def incident(name: str, *, muted: bool = False, state: dict[str, Any], **values: Any) -> Any:
    row = {
        "incident_id": name, "severity": "high", "symbols": ["BTC-USDT"], "venues": ["binance"],
        "detectors": ["pump_and_dump"], "accounts": [], "alert_ids": [f"{name}-alert"],
        "description": "The price rose.", "typology": "pump_and_dump", "is_confirmed": False,
        "score": 0.5, "window_start_at": NOON - timedelta(days=1),
        "window_end_at": NOON - timedelta(hours=23),
    }  # fmt: skip
    return WorkedIncident(row | values, IncidentState(**state), muted)


EVERY = [
    incident("a", state={}, detectors=["market_anomaly", "pump_and_dump"], score=0.4),
    incident("b", state={"assignee": "Ana", "state": "in review"}, accounts=["T[1]", "T2"]),
    incident(
        "c", state={"state": "closed"}, severity="critical", symbols=["KITE-USDT", "BTC-USDT"]
    ),
    incident("d", state={}, detectors=["market_anomaly"], severity="low", score=0.9),
    incident("e", state={}, muted=True, description="A fall of 50%"),
]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("", "cbad"),
        ("is:open", "ad"),
        ("is:in-review,closed", "cb"),
        ("is:muted", "e"),
        ("-is:closed", "bead"),
        ("severity:low,critical", "cd"),
        ("with:me", "b"),
        ("with:nobody is:open", "ad"),
        ("symbol:kite*", "c"),
        # one of its two symbols is another
        ("-symbol:KITE*", "cbad"),
        ("-symbol:BTC-USDT", "c"),
        # what only a market anomaly is goes, what it is part of stays
        ("-detector:market_anomaly", "cba"),
        ("account:T[1]", "b"),
        ("-account:T*", "cad"),
        ("money:>100k", "ad"),
        ("money:>100k money:<2.5m", "a"),
        ("score:>0.45", "cbd"),
        ("since:2d", "cbad"),
        ("since:1h", ""),
        ("until:2026-03-01", ""),
        ("rose pump", "cbad"),
        ("fall is:muted", "e"),
        ("-rose is:muted", "e"),
        ("sort:worst is:open", "ad"),
        ("sort:worst", "cabd"),
        ("sort:time", "abcd"),
        ("limit:2", "cb"),
        ("after:b", "ad"),
    ],
)
def test_a_filter_means_these_incidents_in_this_order(words: str, found: str) -> None:
    chosen = choose(EVERY, filter_of(words), ANA, MONEY)
    assert "".join(one.incident["incident_id"] for one in chosen) == found
