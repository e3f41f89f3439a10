"""Risk of an account and day: each part by hand, flags, who is new, and who leads."""

from datetime import datetime, timedelta
from math import log10
from typing import Any

import pytest

from assets.market.window import Window
from assets.scoring.account_risk import rate_accounts
from assets.scoring.reporting import NOT_CHECKED, Reporting
from tests.scoring.conftest import ScoresLake

DAY = datetime(2026, 3, 20)
RULES = Reporting.model_validate(
    {"reported_usd": 10_000, "tiers": {"basic": {"usd_24h": 10_000, "usd_30d": 20_000}}}
)


def hour(
    account: str, at: datetime, count: int, usd: float | None, **values: Any
) -> dict[str, Any]:
    return {
        "venue": "v", "account_id": account, "trade_count": count,
        "priced_count": 0 if usd is None else count, "notional_usd": usd or 0,
        "largest_notional_usd": usd, "cell_start_at": at, "cell_end_at": at + timedelta(hours=1),
        "trade_day": at.date(),
    } | values  # fmt: skip


def alert(
    name: str, start_at: datetime, severity: str, score: float, **values: Any
) -> dict[str, Any]:
    return {
        "alert_id": name, "status": "open", "venue": "v", "symbol": "A-USDT",
        "subject_kind": "account", "subject_id": "T1", "further_subjects": "[]",
        "typology": "wash_ring", "severity": severity, "score": score, "window_start_at": start_at,
        "window_end_at": start_at + timedelta(hours=1), "trade_day": start_at.date(),
    } | values  # fmt: skip


def rated(lake: ScoresLake) -> dict[str, dict[str, Any]]:
    rate_accounts(lake.connection, Window.of_day(DAY.date()), RULES)
    return {row["account_id"]: row for row in lake.rows("scores.accounts", "rank")}


def test_each_part_is_its_formula(scores_lake: ScoresLake) -> None:
    lake = scores_lake
    # twelve days before with one hour of 4 trades: 9 of less money, one of the same, 2 of more
    for place in range(12):
        usd = 100 if place < 9 else 3_000 if place == 9 else 4_000
        at = DAY - timedelta(days=12 - place, hours=-9)
        lake.insert("marts.account_activity_1h", hour("T1", at, 4, usd))
    lake.insert(
        "marts.account_activity_1h",
        hour("T1", DAY + timedelta(hours=5), 40, 2_000, largest_notional_usd=500),
        hour("T1", DAY + timedelta(hours=9), 10, 1_000, largest_notional_usd=600),
    )
    lake.insert(
        "core.accounts", {"venue": "v", "account_id": "T1", "owner_id": "O", "kyc_tier": "Basic"}
    )
    named = {"subject_kind": "market", "subject_id": "v A-USDT", "typology": "round_trip"}
    other = '[{"role": "member", "kind": "account", "id": "T1"}]'
    lake.insert(
        "alerts.alerts",
        alert("a", DAY, "high", 0.8),
        alert("b", DAY + timedelta(hours=23), "low", 0.4, further_subjects=other, **named),
        alert("c", DAY - timedelta(hours=1), "critical", 1.0),
        alert("d", DAY, "critical", 1.0, status="superseded"),
        alert("e", DAY, "critical", 1.0, venue="w"),
        alert("f", DAY + timedelta(days=1), "critical", 1.0),
    )  # fmt: skip

    row = rated(lake)["T1"]

    volume = 2 * (9 + 0.5) / 12 - 1
    behaviour = 1 - (1 - 0.75 * 0.8) * (1 - 0.25 * 0.4)
    # its busiest hour had ten times the trades of a usual one
    velocity = log10(40 / 4) / 2
    # the hour of the day before, at nine, is in the 24 hours up to six and in none up to ten
    in_24h, in_30d = max(4_000 + 2_000, 2_000 + 1_000), 9 * 100 + 3_000 + 2 * 4_000 + 3_000
    compliance = (1 + log10(in_30d / 20_000)) / 2
    assert row["volume"] == pytest.approx(volume, abs=1e-4)
    assert row["behaviour"] == pytest.approx(behaviour, abs=1e-4)
    assert row["velocity"] == pytest.approx(velocity, abs=1e-4)
    assert row["compliance"] == pytest.approx(compliance, abs=1e-4)
    left = (
        (1 - 0.2 * volume) * (1 - 0.9 * behaviour) * (1 - 0.2 * velocity) * (1 - 0.3 * compliance)
    )
    assert row["score"] == pytest.approx(1 - left, abs=1e-4)
    assert (row["level"], row["certainty"], row["unknown"]) == ("CRITICAL", 1.0, None)
    assert (row["notional_usd_24h"], row["notional_usd_30d"]) == (in_24h, in_30d)
    assert (row["trade_count"], row["notional_usd"], row["mean_notional_usd"]) == (50, 3_000, 60)
    assert (row["largest_notional_usd"], row["trading_velocity"]) == (600, 40)
    assert (row["alert_count"], row["former_alert_count"]) == (2, 1)
    assert row["triggered_patterns"] == ["round_trip", "wash_ring"]
    assert (row["owner_id"], row["kyc_tier"], row["is_new"]) == ("O", "Basic", False)
    assert row["compliance_flags"] == [*NOT_CHECKED]


def test_limits_of_24_hours_and_30_days_are_flags(scores_lake: ScoresLake) -> None:
    at = DAY + timedelta(hours=1)
    scores_lake.insert(
        "marts.account_activity_1h",
        # 11,000 within 24 hours, over midnight; 21,000 within 30 days, and no more in 24 hours
        hour("day", at - timedelta(hours=23), 1, 5_500), hour("day", at, 1, 5_500),
        hour("month", at - timedelta(days=29), 1, 9_000),
        hour("month", at - timedelta(days=9), 1, 9_000), hour("month", at, 1, 3_000),
        hour("older", at - timedelta(days=31), 1, 9_999), hour("older", at, 1, 9_999),
        hour("large", at, 2, 12_000, largest_notional_usd=10_000),
        hour("coins", at, 2, None),
    )  # fmt: skip
    for account in ("day", "month", "older"):
        scores_lake.insert(
            "core.accounts", {"venue": "v", "account_id": account, "kyc_tier": "basic"}
        )
    rows = rated(scores_lake)
    flags = {
        name: [flag for flag in row["compliance_flags"] if flag not in NOT_CHECKED]
        for name, row in rows.items()
    }
    assert flags == {
        "day": ["TIER_LIMIT_24H"],
        "month": ["TIER_LIMIT_30D"],
        "older": [],
        "large": ["REPORTING_THRESHOLD", "NOT_CHECKED: tier limits"],
        "coins": ["NOT_CHECKED: reporting threshold", "NOT_CHECKED: tier limits"],
    }
    assert all(
        row["compliance_flags"][-len(NOT_CHECKED) :] == [*NOT_CHECKED] for row in rows.values()
    )
    # a month's trade before is none of a new account; of one seen now alone it is
    assert {name: row["is_new"] for name, row in rows.items()} == {
        "day": False, "month": False, "older": True, "large": True, "coins": True,
    }  # fmt: skip
    coins = rows["coins"]
    assert (coins["volume"], coins["compliance"], coins["notional_usd"]) == (None, None, None)
    assert coins["unknown"] == (
        "volume: no dollar value; velocity: fewer than 6 hours before; compliance: no dollar value"
    )


def test_of_a_lakes_first_day_nobody_is_new_or_known(scores_lake: ScoresLake) -> None:
    scores_lake.insert("marts.account_activity_1h", hour("T1", DAY, 1, 5))
    assert rated(scores_lake)["T1"]["is_new"] is None


def test_young_accounts_are_ranked_among_the_others_of_the_day(scores_lake: ScoresLake) -> None:
    for place in range(20):
        scores_lake.insert(
            "marts.account_activity_1h", hour(f"T{place:02}", DAY, 1, 10.0 * (place + 1))
        )
    rows = rated(scores_lake)
    # the largest of twenty: 19 smaller, itself a half
    assert rows["T19"]["volume"] == pytest.approx(2 * 19.5 / 20 - 1, abs=1e-4)
    assert rows["T05"]["volume"] == 0
    assert [row["rank"] for row in rows.values()] == list(range(1, 21))
    assert next(iter(rows)) == "T19"


def test_a_day_rated_again_is_replaced_and_others_stay(scores_lake: ScoresLake) -> None:
    scores_lake.insert(
        "marts.account_activity_1h",
        hour("T1", DAY, 1, 5), hour("T1", DAY + timedelta(days=1), 1, 5),
    )  # fmt: skip
    both = Window.of_days(DAY.date(), (DAY + timedelta(days=1)).date())
    assert rate_accounts(scores_lake.connection, both, RULES) == 2
    first = scores_lake.rows("scores.accounts")
    rated(scores_lake)
    assert scores_lake.rows("scores.accounts") == first
