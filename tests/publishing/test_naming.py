"""An alert that goes on is looked up again when it has grown, and not in each revision."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from duckdb import DuckDBPyConnection

from assets.publishing import naming
from assets.publishing.naming import Naming
from reports.parties import NOBODY, Parties

NOON = datetime(2025, 6, 1, 12)


def revision(alert_id: str, seconds: int) -> dict[str, Any]:
    stretch = [NOON.isoformat(), (NOON + timedelta(seconds=seconds)).isoformat()]
    return {
        "alert_id": alert_id,
        "subject_kind": "market",
        "subject_id": "",
        "venue": "okx",
        "symbol": "A-B",
        "evidence": json.dumps({"trades": [{"stretches": [stretch]}]}),
        "window_end_at": NOON + timedelta(seconds=seconds),
    }


@pytest.fixture
def looked_up(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds of each alert that was looked up; its parties say as many trades."""
    seconds: list[float] = []

    def parties_of(_: object, alerts: list[dict[str, Any]], *, beside: timedelta) -> list[Parties]:
        assert beside == timedelta(0)
        found: list[Parties] = []
        for alert in alerts:
            seconds.append((alert["window_end_at"] - NOON).total_seconds())
            found.append(Parties(trade_count=int(seconds[-1]), named_count=1, account_count=1))
        return found

    monkeypatch.setattr(naming, "parties_of", parties_of)
    return seconds


def test_it_is_looked_up_when_it_has_twice_the_time(looked_up: list[float]) -> None:
    connection: DuckDBPyConnection = None  # pyright: ignore[reportAssignmentType]
    names = Naming()
    counts = [
        [one.trade_count for one in names.of(connection, batch)]
        for batch in (
            [revision("a", 10), revision("b", 4)],
            [revision("a", 15), revision("a", 18)],
            # of two that have grown the last one is looked up
            [revision("a", 20), revision("a", 25)],
            [revision("b", 7), revision("a", 45)],
        )
    ]
    assert counts == [[10, 4], [10, 10], [25, 25], [4, 25]]
    assert looked_up == [10, 4, 25]


def test_an_alert_that_selects_no_trades_names_nobody(looked_up: list[float]) -> None:
    connection: DuckDBPyConnection = None  # pyright: ignore[reportAssignmentType]
    unselected = revision("a", 10) | {"evidence": "{}"}
    assert Naming().of(connection, [unselected]) == [NOBODY]
    assert looked_up == []
