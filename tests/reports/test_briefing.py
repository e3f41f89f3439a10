"""The first screen in words: what happened, who did it, how much, how sure."""

import json
from datetime import date, datetime
from typing import Any

import pytest

from reports.briefing import (
    INCIDENTS_SHOWN,
    counted,
    day_text,
    day_title,
    how_sure,
    incident_line,
    incident_text,
    incident_title,
    listed,
)

DAY = date(2024, 8, 9)


def incident(severity: str = "high", **more: Any) -> dict[str, Any]:
    return {
        "incident_id": "0123456789abcdef",
        "severity": severity,
        "typology": "pump_and_dump",
        "venues": json.dumps(["simulated"]),
        "symbols": json.dumps(["KITE-USDT"]),
        "accounts": "[]",
        "is_confirmed": False,
        "window_start_at": datetime(2024, 8, 9, 10, 39, 5),
        "window_end_at": datetime(2024, 8, 9, 10, 40, 15),
        "description": "The price rose by 15.9%.",
        "recommended_action": "Ask the venue for the orders.",
        "null_rate_per_symbol_day": 1 / 67,
    } | more


def test_an_incident_says_what_who_how_much_how_sure_and_what_next() -> None:
    row = incident(accounts=json.dumps(["T1", "T2"]), is_confirmed=True)
    assert incident_title(row) == "high: pump and dump on simulated KITE-USDT"
    first, *others = incident_text(row).splitlines()
    assert first.startswith("2024-08-09 10:39:05")
    assert first.endswith("10:40:15 UTC. The price rose by 15.9%.")
    assert others == [
        "Who: T1, T2.",
        "How sure: confirmed by what followed; by chance such an alert comes once in 67 days on a "
        "symbol.",
        "Next: Ask the venue for the orders.",
        "tapewatch explain 0123456789ab",
    ]


@pytest.mark.parametrize(
    ("rate", "says"),
    [
        (0.001, "not confirmed; by chance such an alert comes once in 1,000 days on a symbol"),
        (1.5, "not confirmed; by chance 1.5 such alerts come a day on a symbol"),
        (None, "not confirmed"),
    ],
)
def test_how_sure_is_in_days(rate: float | None, says: str) -> None:
    assert how_sure(incident(null_rate_per_symbol_day=rate)) == says


def test_a_day_lists_its_incidents_breaches_and_what_was_not_judged() -> None:
    rows = [incident("critical"), incident("low")]
    title = day_title([DAY], rows, ["x"])
    assert title == "Risk report of 2024-08-09: 2 incidents (1 critical, 1 low), 1 limit breached"
    lines = day_text([DAY], rows, "18 of 19 detectors ran.", ["x"]).splitlines()
    assert lines[:2] == ["Friday, 9 August 2024: 2 incidents (1 critical, 1 low).", "- x"]
    assert lines[2].startswith("- critical: pump and dump on simulated KITE-USDT, 2024-08-09")
    assert lines[2].endswith(f": The price rose by 15.9%. ({how_sure(rows[0])})")
    assert lines[-1] == "18 of 19 detectors ran."


def test_a_long_list_says_how_many_more_there_are() -> None:
    rows = [incident() for _ in range(INCIDENTS_SHOWN + 2)]
    lines = day_text([DAY, date(2024, 8, 10)], rows, "All ran.").splitlines()
    assert len(lines) == INCIDENTS_SHOWN + 3
    assert lines[0] == "2 days: 12 incidents (12 high)."
    assert lines[-2] == "- and 2 further incidents"
    assert listed(["a", "b", "c", "d", "e", "f"]) == "a, b, c, d and 2 others"


def test_a_list_has_the_first_two_sentences() -> None:
    row = incident(description="It rose by 1.5% at 0.71. It fell. It rests.")
    assert ": It rose by 1.5% at 0.71. It fell. (not confirmed" in incident_line(row)


def test_a_quiet_day_says_that_there_was_nothing() -> None:
    assert counted([]) == "no incident"
    assert day_title([DAY], []) == "Risk report of 2024-08-09: no incident"
