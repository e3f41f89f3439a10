"""Risk of a trade: each part by hand, what a missing part says, and that cuts do not matter."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from math import log, log10, sqrt
from typing import Any

import pytest

from assets.alerts.trades import condition_of, read_trades
from assets.market.window import Window
from assets.scoring.reporting import NOT_CHECKED, Reporting
from assets.scoring.trade_risk import score_trades
from tests.scoring.conftest import ScoresLake

HOUR = datetime(2026, 3, 2, 12)
DAY = Window.of_day(HOUR.date())
AT = HOUR + timedelta(minutes=30, seconds=10)
RULES = Reporting.model_validate(
    {"reported_usd": 10_000, "tiers": {"Basic": {"usd_24h": 1_000, "usd_30d": 9_000}}}
)
# the markets' past: 50 trades in [939, 1024), 49 in [1024, 1117), the largest in [2**20, 2**20.125)
PAST = {79: 50, 80: 49, 160: 1}


def trade(name: str = "1", size: float = 1024.0, **values: Any) -> dict[str, Any]:
    return {
        "venue": "v", "symbol": "A-USDT", "trade_id": name, "buyer_account_id": "T1",
        "seller_account_id": "T2", "aggressor_side": "buyer", "price_double": 100.0,
        "quantity_double": size / 100, "notional": size, "notional_usd": size, "is_on_book": True,
        "sequence": 1, "traded_at": AT, "trade_day": AT.date(),
    } | values  # fmt: skip


def cell(at: datetime, **values: Any) -> dict[str, Any]:
    return {"venue": "v", "symbol": "A-USDT", "cell_start_at": at, "trade_day": at.date()} | values


def hit(start_at: datetime, end_at: datetime, score: float = 0.6, **values: Any) -> dict[str, Any]:
    chosen = values.pop("chosen", {})
    selection = {"start_at": str(start_at), "end_at": str(end_at)} | chosen
    return {
        "detector": "d", "typology": "round_trip", "kind": "hit", "subject_kind": "account",
        "subject_id": "T1", "venue": "v", "symbol": "A-USDT", "score": score, "is_stale": False,
        "evidence": json.dumps({"trades": selection}), "cell_start_at": end_at - timedelta(0, 300),
        "cell_end_at": end_at, "trade_day": (end_at - timedelta(0, 300)).date(),
    } | values  # fmt: skip


def usual_market(lake: ScoresLake, symbol: str = "A-USDT", minute_notional: float = 4096) -> None:
    """A past of a hundred trades, a minute that rises by one per cent in usual moves of 0.1 %."""
    day_before = AT - timedelta(days=1)
    for size_bin, count in PAST.items():
        lake.insert(
            "marts.trade_notionals_1h",
            cell(
                day_before.replace(minute=0, second=0), symbol=symbol, size_bin=size_bin,
                trade_count=count, cell_end_at=HOUR - timedelta(hours=23),
            ),
        )  # fmt: skip
    minute = AT.replace(second=0)
    lake.insert(
        "features.bars_1m", cell(minute, symbol=symbol, close=101.0, notional=minute_notional)
    )
    lake.insert("features.bars_1s", cell(AT, symbol=symbol, open=100.0))
    lake.insert(
        "features.rush_baselines_1m",
        cell(minute, symbol=symbol, baseline_minutes=1000, squared_returns=1e-3),
    )


def active(lake: ScoresLake, account: str, before: Sequence[int], now: int) -> None:
    """Trades an hour of the hours before, one after another up to the trade's, and in that."""
    for place, count in enumerate([*before, now]):
        at = HOUR - timedelta(hours=len(before) - place)
        lake.insert(
            "marts.account_activity_1h",
            {"venue": "v", "account_id": account, "trade_count": count, "priced_count": count,
             "notional_usd": 1, "largest_notional_usd": 1, "cell_start_at": at,
             "cell_end_at": at + timedelta(hours=1), "trade_day": at.date()},
        )  # fmt: skip


def scored(lake: ScoresLake, window: Window = DAY) -> list[dict[str, Any]]:
    score_trades(lake.connection, window, RULES)
    return lake.rows("scores.trades", "traded_at, symbol, trade_id")


def test_each_part_is_its_formula(scores_lake: ScoresLake) -> None:
    usual_market(scores_lake)
    active(scores_lake, "T1", [2] * 6, 20)
    active(scores_lake, "T2", [1] * 5, 3)
    scores_lake.insert("core.trades", trade())
    scores_lake.insert("alerts.hits", hit(AT - timedelta(minutes=4), AT + timedelta(minutes=1)))

    (row,) = scored(scores_lake)

    # 51 of 101 are as large, with itself; the median's bin begins at 79.5 less a half
    volume = -log10(51 / 101) / 5
    # ten times its usual hour, and a hit of .6
    behaviour = 1 - (1 - 0.6) * (1 - 0.25)
    # a quarter of the minute, whose move is beyond six usual ones
    impact = sqrt(1024 / 4096)
    compliance = (1 + log10(0.1024)) / 2
    assert row["volume"] == pytest.approx(volume, abs=1e-4)
    assert row["behaviour"] == pytest.approx(behaviour, abs=1e-4)
    assert row["market_impact"] == pytest.approx(impact, abs=1e-4)
    assert row["compliance"] == pytest.approx(compliance, abs=1e-4)
    left = (1 - 0.5 * volume) * (1 - 0.9 * behaviour) * (1 - 0.5 * impact) * (1 - 0.3 * compliance)
    assert row["score"] == pytest.approx(1 - left, abs=1e-4)
    assert (row["level"], row["certainty"], row["unknown"]) == ("CRITICAL", 1.0, None)
    assert row["mitigation_actions"] == ["MANUAL_REVIEW", "ESCALATE"]
    assert row["triggered_patterns"] == ["round_trip"]

    assert row["volume_percentile"] == pytest.approx(50 / 101, abs=1e-4)
    # quartiles one bin apart
    assert row["volume_z"] == pytest.approx((80 - 79.5) * 1.349, abs=1e-4)
    assert (row["trading_velocity"], row["velocity_ratio"]) == (20, 10.0)
    assert row["price_move"] == pytest.approx(log(1.01) / 1e-3, abs=1e-4)
    assert row["liquidity_consumption"] == 0.25
    assert (row["notional"], row["notional_usd"], row["price_slippage"]) == (1024, 1024, 0)


def test_the_volume_part_is_the_rarity_of_the_size(scores_lake: ScoresLake) -> None:
    as_large = {
        # the middle of the second bin by its logarithm, the start of the largest one
        2 ** (10 + 1 / 16): 1 + 1 + 24.5,
        2.0**20: 1 + 1,
        # beyond the largest the share falls as its end over the size
        2 ** (20.125 + 3): 1 / 8,
        1.0: 101,
    }
    usual_market(scores_lake)
    scores_lake.insert("core.trades", *(trade(str(size), size) for size in as_large))
    found = {row["trade_id"]: row["volume"] for row in scored(scores_lake)}
    rarity = {str(size): min(1, -log10(count / 101) / 5) for size, count in as_large.items()}
    assert found == pytest.approx(rarity, abs=1e-4)


def test_a_larger_trade_never_scores_lower(scores_lake: ScoresLake) -> None:
    usual_market(scores_lake, minute_notional=1e8)
    sizes = [1.0, 10.0, 900.0, 939.0, 980.0, 1023.9, 1024.0, 1100.0, 1200.0, 9_999.0, 10_000.0]
    sizes += [50_000.0, 2.0**20, 2.0**20.125, 2.0**21, 1e7, 9e7]
    for place, size in enumerate(sizes):
        scores_lake.insert("core.trades", trade(f"{place:02}", size))
    rows = scored(scores_lake)
    for part in ("score", "volume", "market_impact", "compliance", "volume_z"):
        values = [row[part] for row in rows]
        assert values == sorted(values), part
    # theirs gives a dollar of bitcoin .20 and fifty thousand 0
    one, fifty_thousand = rows[0]["score"], rows[sizes.index(50_000.0)]["score"]
    assert one < 0.01 < 0.3 < fifty_thousand


def test_what_is_not_known_is_null_with_its_reason(scores_lake: ScoresLake) -> None:
    nobody: dict[str, Any] = {
        "buyer_account_id": None,
        "seller_account_id": None,
        "notional_usd": None,
    }
    scores_lake.insert("core.trades", trade(**nobody), trade("2", is_on_book=False))
    tape, block = scored(scores_lake)
    assert [tape[part] for part in ("volume", "behaviour", "market_impact", "compliance")] == (
        [None] * 4
    )
    assert (tape["score"], tape["level"], tape["certainty"]) == (None, None, 0)
    assert tape["unknown"] == (
        "volume: 0 of 100 trades before; behaviour: no account is named; market_impact: the usual "
        "move of 60 minutes before is not known; compliance: no dollar value"
    )
    assert tape["compliance_flags"] == [
        "NOT_CHECKED: reporting threshold", "NOT_CHECKED: tier limits", *NOT_CHECKED,
    ]  # fmt: skip
    # of a named account no detector found anything
    assert (block["behaviour"], block["market_impact"]) == (0, None)
    assert "market_impact: not of the order book" in block["unknown"]


def test_a_stretch_of_a_market_names_a_pattern_and_moves_no_part(scores_lake: ScoresLake) -> None:
    about_all: dict[str, Any] = {
        "subject_kind": "market",
        "subject_id": "v A-USDT",
        "typology": "flash_crash",
    }
    scores_lake.insert("core.trades", trade(), trade("2", aggressor_side="seller"))
    scores_lake.insert(
        "alerts.hits",
        hit(AT, AT + timedelta(0, 1), **about_all, chosen={"side": "seller"}),
    )
    bought, sold = scored(scores_lake)
    assert (bought["triggered_patterns"], sold["triggered_patterns"]) == ([], ["flash_crash"])
    assert bought["behaviour"] == sold["behaviour"] == 0


def test_thresholds_and_limits_are_flags(scores_lake: ScoresLake) -> None:
    scores_lake.insert("core.accounts", {"venue": "v", "account_id": "T1", "kyc_tier": "basic"})
    active(scores_lake, "T1", [], 3)
    sizes = {"1": 1_000.0, "2": 1_000.1, "3": 10_000.0}
    scores_lake.insert("core.trades", *(trade(name, size) for name, size in sizes.items()))
    rows = scored(scores_lake)
    flags = [[one for one in row["compliance_flags"] if one not in NOT_CHECKED] for row in rows]
    assert flags == [[], ["TIER_LIMIT_24H"], ["REPORTING_THRESHOLD", "TIER_LIMIT_24H"]]
    assert all(set(NOT_CHECKED) <= {*row["compliance_flags"]} for row in rows)
    assert [row["mitigation_actions"] for row in rows] == [[], [], ["CHECK_REPORTING"]]


SELECTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "all": ("market", {}),
    "of a side": ("market", {"side": "seller"}),
    "of no known side": ("market", {"side": "unknown"}),
    "of sizes": ("market", {"quantities": [1.0, 3.0]}),
    "among accounts": ("market", {"accounts": ["T1", "T2"], "least_quantity": 2.0}),
    "of an account": ("account", {}),
    "of two": ("account", {"counterparty": "T2"}),
    "with itself": ("account", {"counterparty": "T1"}),
    "of an account's ring": ("account", {"accounts": ["T1", "T3"]}),
}


def test_a_hit_selects_the_trades_that_its_alert_shows(scores_lake: ScoresLake) -> None:
    pairs = [("T1", "T2"), ("T2", "T1"), ("T1", "T1"), ("T1", "T3"), (None, "T1"), (None, None)]
    sides = ["buyer", "seller", None]
    for place in range(36):
        buyer, seller = pairs[place % 6]
        scores_lake.insert(
            "core.trades",
            trade(
                f"{place:02}", buyer_account_id=buyer, seller_account_id=seller,
                aggressor_side=sides[place // 6 % 3], quantity_double=float(place % 4),
                is_on_book=place % 11 > 0, traded_at=AT + timedelta(seconds=20 * place),
            ),
        )  # fmt: skip
    start_at, end_at = AT + timedelta(seconds=40), AT + timedelta(minutes=11)
    found = {
        name: hit(start_at, end_at, subject_kind=subject, chosen=chosen, typology=name)
        for name, (subject, chosen) in SELECTIONS.items()
    }
    scores_lake.insert("alerts.hits", *found.values())

    rows = scored(scores_lake)

    for name, (_, chosen) in SELECTIONS.items():
        stretches = {"stretches": [[str(start_at), str(end_at)]]} | chosen
        condition = condition_of(found[name] | {"evidence": json.dumps({"trades": [stretches]})})
        assert condition is not None
        behind = {one["trade_id"] for one in read_trades(scores_lake.connection, condition)}
        selected = {row["trade_id"] for row in rows if name in row["triggered_patterns"]}
        assert selected == behind, name
        assert selected, name


def test_hours_scored_as_they_close_are_the_day_scored_at_once(scores_lake: ScoresLake) -> None:
    """Hits come with their cells; one selects trades of the hour before, one those of the day."""
    usual_market(scores_lake)
    active(scores_lake, "T1", [1, 2, 3, 4, 1, 2, 5], 9)
    for minutes in range(0, 24 * 60, 7):
        at = DAY.start_at + timedelta(minutes=minutes)
        scores_lake.insert(
            "core.trades",
            trade(f"{minutes:04}", 900.0 + minutes, traded_at=at, trade_day=at.date()),
        )
    back = HOUR + timedelta(minutes=3)
    found = [
        hit(back - timedelta(minutes=40), back),
        hit(back, back + timedelta(minutes=20), 0.3),
        hit(DAY.start_at, DAY.end_at, 0.1, typology="wash_ring", chosen={"accounts": ["T1", "T2"]},
            cell_start_at=DAY.start_at, trade_day=HOUR.date()),
    ]  # fmt: skip
    cuts = [DAY.start_at, HOUR, HOUR + timedelta(hours=1, seconds=3), DAY.end_at]
    in_parts: list[dict[str, Any]] = []
    for part in (Window(start_at, end_at) for start_at, end_at in pairwise(cuts)):
        scores_lake.insert(
            "alerts.hits", *(h for h in found if part.start_at < h["cell_end_at"] <= part.end_at)
        )
        in_parts = scored(scores_lake, part)

    at_once = scored(scores_lake)

    assert len(at_once) == 206
    assert in_parts == at_once
    patterns = {tuple(row["triggered_patterns"]) for row in at_once}
    assert patterns == {("wash_ring",), ("round_trip", "wash_ring")}


def test_a_window_that_closes_no_hour_scores_nothing(scores_lake: ScoresLake) -> None:
    scores_lake.insert("core.trades", trade())
    assert scored(scores_lake, Window(HOUR, HOUR + timedelta(minutes=59))) == []
