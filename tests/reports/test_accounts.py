"""The board of accounts: who leads, what is a flag, and what was not checked."""

from types import ModuleType
from typing import Any

import pytest
from duckdb import DuckDBPyConnection

from assets.publishing.verdict import verdict_of
from reports.accounts import account_board
from reports.daily import render_daily_report


def account(rank: int, **values: Any) -> dict[str, Any]:
    return {
        "venue": "v", "account_id": f"T{rank}", "rank": rank, "score": 1 / rank, "level": "HIGH",
        "unknown": None, "trade_count": 10, "notional_usd": 2_225_410.4, "alert_count": 1,
        "former_alert_count": 3, "triggered_patterns": ["wash_ring"], "is_new": False,
        "compliance_flags": ["REPORTING_THRESHOLD", "NOT_CHECKED: sanctions"],
    } | values  # fmt: skip


def test_the_first_by_rank_lead_and_what_was_not_checked_is_said_once() -> None:
    board = account_board([account(3), account(1), account(2)], shown=2)
    assert [one.row["account_id"] for one in board.leading] == ["T1", "T2"]
    assert board.account_count == 3
    assert board.not_checked == ["sanctions"]
    (first, _) = board.leading
    assert (first.flags, first.level, first.level_rank) == (["reporting threshold"], "high", 3)


def test_an_account_without_a_score_has_no_level() -> None:
    (one,) = account_board([account(1, level=None, score=None)]).leading
    assert (one.level, one.level_rank) == (None, 0)


@pytest.mark.slow
def test_the_report_shows_the_board_and_escapes_names(
    sample: ModuleType, sample_lake: DuckDBPyConnection
) -> None:
    document = render_daily_report(
        sample_lake,
        sample.DAY,
        verdict_of(sample_lake, [sample.DAY], sample.DETECTORS),
        accounts=[account(1, account_id="<b>T1</b>", is_new=True, unknown="velocity: too young")],
    )
    section = document.partition('<section id="accounts">')[2].partition("</section>")[0]
    assert "1 account traded." in section
    assert "&lt;b&gt;T1&lt;/b&gt;" in section
    assert "2,225,410" in section
    assert "wash ring, reporting threshold (new)" in section
    assert "velocity: too young" in section
    assert "Not checked, for want of data</b>: sanctions." in section


def test_a_day_of_nameless_trades_has_no_board(report: str) -> None:
    assert 'id="accounts"' not in report
