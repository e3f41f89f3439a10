"""Risk of a symbol and day: what each part says, and why one is empty."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from math import sqrt
from typing import Any

import duckdb
import pytest
from duckdb import DuckDBPyConnection

from assets.alerts.tables import ALERTS
from assets.detection.tables import DETECTOR_RUNS
from assets.market.window import Window
from assets.risk.comparison import Part
from assets.risk.inputs import MEASURES
from assets.risk.symbol_risk import (
    SEVERITY_WEIGHTS,
    WEIGHTS,
    abuse,
    data_quality,
    risk_of,
    save_risk,
    seen_share,
    total,
)
from assets.risk.tables import RISK_PARTS, SYMBOL_RISK

FIRST_DAY = date(2026, 3, 1)
TODAY = FIRST_DAY + timedelta(days=12)
COUNTED = {
    "landed_count": 100,
    "duplicate_count": 0,
    "page_edge_count": 0,
    "superseded_count": 0,
    "quarantined_count": 0,
    "longest_gap_seconds": 0,
    "uncovered_hour_count": 0,
}
DENSE = {"covered_5m_bars": 288, "is_sparse": False, "sparse_reason": None}

OTHER_MARTS = {
    "marts.market_risk_days": ("annualised_volatility", "jump_share", "return_count"),
    "marts.liquidity_days": ("amihud_hourly", "abdi_ranaldo_spread"),
}
MARTS = """
    create schema lake.marts;
    create table lake.marts.symbol_days (
        venue varchar, symbol varchar, max_drawdown double, notional decimal(38, 12),
        notional_usd decimal(38, 12), matched_share double, covered_5m_bars bigint,
        is_sparse boolean, sparse_reason varchar, trade_day date
    );
    create table lake.marts.market_risk_days (
        venue varchar, symbol varchar, annualised_volatility double, jump_share double,
        return_count double, trade_day date
    );
    create table lake.marts.liquidity_days (
        venue varchar, symbol varchar, amihud_hourly double, abdi_ranaldo_spread double,
        trade_day date
    );
    create table lake.marts.data_quality_days (
        venue varchar, symbol varchar, landed_count bigint, duplicate_count bigint,
        page_edge_count bigint, superseded_count bigint, quarantined_count bigint,
        longest_gap_seconds bigint, uncovered_hour_count bigint, trade_day date
    );
"""


@pytest.fixture
def connection() -> Iterator[DuckDBPyConnection]:
    """A lake in memory with the tables that the risk reads and writes, empty."""
    with duckdb.connect(":memory:") as opened:
        opened.execute("attach ':memory:' as lake")
        opened.execute(MARTS)
        for table in (ALERTS, DETECTOR_RUNS, SYMBOL_RISK):
            opened.execute(f"create schema if not exists lake.{table.name.split('.')[0]}")
            opened.execute(f"create table lake.{table.name} ({', '.join(table.columns)})")
        yield opened


def insert(connection: DuckDBPyConnection, table: str, **row: Any) -> None:
    names = ", ".join(f"? as {name}" for name in row)
    connection.execute(f"insert into lake.{table} by name select {names}", list(row.values()))


def add_day(
    connection: DuckDBPyConnection, day: date, symbol: str = "AAA-USDT", size: float = 1.0, **other
) -> None:
    """A day whose risk in every measure grows with `size`."""
    measures = {
        "annualised_volatility": 0.5 * size,
        "max_drawdown": 0.01 * size,
        "jump_share": min(1.0, 0.05 * size),
        "return_count": 288,
        "amihud_hourly": 0.1 * size,
        "abdi_ranaldo_spread": 0.001 * size,
        "notional": 1e6 / size,
        "notional_usd": 1e6 / size,
        "matched_share": min(1.0, 0.01 * size),
    }
    at = {"venue": "test", "symbol": symbol, "trade_day": day}
    measured = measures | DENSE | other
    for mart, names in OTHER_MARTS.items():
        insert(connection, mart, **at | {name: measured.pop(name) for name in names})
    insert(connection, "marts.symbol_days", **at | measured)
    insert(connection, "marts.data_quality_days", **at | COUNTED)


def add_history(connection: DuckDBPyConnection, days: int) -> None:
    """So many days before today, each a little riskier than the one before."""
    for n in range(days):
        add_day(connection, TODAY - timedelta(days=days - n), size=1 + n / 100)


def add_run(connection: DuckDBPyConnection, detector: str, outcome: str, expected: float) -> None:
    insert(
        connection, DETECTOR_RUNS.name, detector=detector, venue="test", symbol="AAA-USDT",
        trade_day=TODAY, outcome=outcome, expected_false_alerts=expected,
        detected_at=datetime(2026, 4, 1),
    )  # fmt: skip


def add_alert(
    connection: DuckDBPyConnection, alert_id: str, severity: str, score: float, status: str
) -> None:
    insert(
        connection, ALERTS.name, alert_id=alert_id, detector="volume_spike",
        severity=severity, score=score, status=status,
        venue="test", symbol="AAA-USDT", trade_day=TODAY,
    )  # fmt: skip


def risk_today(connection: DuckDBPyConnection, symbol: str = "AAA-USDT") -> dict[str, Any]:
    rows = risk_of(connection, Window.of_day(TODAY))
    (row,) = [row for row in rows if row["symbol"] == symbol]
    return row


def test_the_weights_make_one() -> None:
    # poor data lowers the certainty of the others
    assert set(WEIGHTS) == set(RISK_PARTS) - {"data_quality"}
    assert sum(WEIGHTS.values()) == pytest.approx(1)
    assert list(SEVERITY_WEIGHTS.values()) == sorted(SEVERITY_WEIGHTS.values())


def test_a_row_has_the_columns_of_its_table(connection: DuckDBPyConnection) -> None:
    add_day(connection, TODAY)

    assert [column.split()[0] for column in SYMBOL_RISK.columns] == list(risk_today(connection))


def test_with_ten_days_a_symbol_is_judged_by_its_own_past(connection: DuckDBPyConnection) -> None:
    add_history(connection, 10)
    add_day(connection, TODAY, size=2)

    row = risk_today(connection)

    assert (row["market"], row["liquidity"], row["integrity"]) == (1, 1, 1)
    assert row["market_reason"] == "against its own 10 days before"
    assert row["market_certainty"] == pytest.approx(1 - 1 / sqrt(11))


def test_with_fewer_days_it_is_judged_among_the_symbols_of_the_day(
    connection: DuckDBPyConnection,
) -> None:
    add_history(connection, 3)
    for n in range(5):
        add_day(connection, TODAY, symbol=f"{'ABCDE'[n] * 3}-USDT", size=1 + n)

    assert risk_today(connection)["market"] == pytest.approx(0.1)
    assert risk_today(connection, "EEE-USDT")["market"] == pytest.approx(0.9)
    assert risk_today(connection)["market_reason"] == (
        "among 5 symbols of the day (3 of 10 earlier days of its own)"
    )
    assert risk_today(connection)["market_certainty"] == pytest.approx(0.75 * (1 - 1 / sqrt(5)))


def test_one_symbol_of_one_day_has_a_total_beside_days_of_other_markets(
    connection: DuckDBPyConnection,
) -> None:
    add_day(connection, TODAY)
    add_run(connection, "volume_spike", "ran", 0.0)

    row = risk_today(connection)

    for part in MEASURES:
        assert 0 <= row[part] <= 1
        assert 0 < row[f"{part}_certainty"] <= 0.25
        assert "days of other markets (0 of 10 earlier days" in row[f"{part}_reason"]
    weighed = {part: WEIGHTS[part] * row[f"{part}_certainty"] for part in WEIGHTS}
    assert row["total_certainty"] == pytest.approx(sum(weighed.values()))
    assert row["seen_risk"] == pytest.approx(sum(weighed[part] * row[part] for part in WEIGHTS))
    assert row["total"] == pytest.approx(row["seen_risk"] / row["total_certainty"])
    assert row["total_reason"] is None


def test_a_riskier_first_day_is_riskier(connection: DuckDBPyConnection) -> None:
    sizes = [0.25, 0.5, 1, 2, 4]
    for n, size in enumerate(sizes):
        # each beside nobody, on a day of its own, of another symbol
        add_day(connection, TODAY + timedelta(days=n), symbol=f"{n}-USDT", size=size)
    window = Window.of_days(TODAY, TODAY + timedelta(days=len(sizes) - 1))
    rows = sorted(risk_of(connection, window), key=lambda row: row["trade_day"])
    for part in (*MEASURES, "total", "seen_risk"):
        values = [row[part] for row in rows]
        assert values == sorted(values), part
        assert values[0] < values[-1], part


def test_six_minutes_do_not_lead_because_little_was_seen(connection: DuckDBPyConnection) -> None:
    for n in range(4):
        add_day(connection, TODAY, symbol=f"{n}-USDT", size=1 + n)
    brief: Any = {
        "return_count": 1.2,
        "annualised_volatility": None,
        "amihud_hourly": None,
        "abdi_ranaldo_spread": None,
        "notional": 500,
        "notional_usd": 500,
        "covered_5m_bars": 2,
        "is_sparse": True,
        "sparse_reason": "only 2 of 288",
    }
    add_day(connection, TODAY, symbol="BRIEF-USDT", size=50, **brief)

    rows = risk_of(connection, Window.of_day(TODAY))

    ranked = sorted(rows, key=lambda row: -row["seen_risk"])
    assert [row["symbol"] for row in ranked] == [
        "3-USDT", "2-USDT", "1-USDT", "0-USDT", "BRIEF-USDT",
    ]  # fmt: skip
    brief_row = ranked[-1]
    assert brief_row["total"] == max(row["total"] for row in rows)
    assert brief_row["total_certainty"] < 0.01
    assert brief_row["data_quality"] == pytest.approx(1 - 2 / 288)


def test_later_days_do_not_change_the_risk_of_earlier_ones(connection: DuckDBPyConnection) -> None:
    add_history(connection, 11)
    add_day(connection, TODAY, size=2)
    before = risk_of(connection, Window.of_day(TODAY))
    add_day(connection, TODAY + timedelta(days=1), size=5)

    assert risk_of(connection, Window.of_day(TODAY)) == before
    both = risk_of(connection, Window.of_days(TODAY, TODAY + timedelta(days=1)))
    assert both[: len(before)] == before


def test_symbols_in_other_currencies_are_compared_in_dollars(
    connection: DuckDBPyConnection,
) -> None:
    for n in range(5):
        add_day(connection, TODAY, symbol=f"{'ABCDE'[n] * 3}-USDT", notional=10.0**n)

    # all trade as much in dollars; the quote currency of the last is the cheapest
    found = [risk_today(connection, f"{letter * 3}-USDT")["liquidity"] for letter in "ABCDE"]
    assert found == sorted(found)
    assert len(set(found)) == 5


def test_jumps_of_a_sparse_day_are_left_out(connection: DuckDBPyConnection) -> None:
    sparse: Any = {"is_sparse": True, "covered_5m_bars": 30, "sparse_reason": "only 30 of 288"}
    add_history(connection, 10)
    add_day(connection, TODAY, size=2, **sparse | {"jump_share": 0.0})

    row = risk_today(connection)

    assert row["market"] == 1
    assert row["data_quality"] == pytest.approx(1 - 30 / 288)
    assert row["data_quality_reason"] == "only 30 of 288"


def test_alerts_add_up_to_a_chance_that_one_is_right() -> None:
    alerts = [
        {"detector": "a", "severity": "high", "score": 0.8},
        {"detector": "b", "severity": "low", "score": 1.0},
    ]

    assert abuse(alerts, judging=5, detectors=5, expected={}).value == pytest.approx(
        1 - (1 - 0.75 * 0.8) * (1 - 0.25)
    )


def test_what_chance_explains_is_taken_off() -> None:
    alerts = [{"detector": "a", "severity": "critical", "score": 0.8}] * 2

    share_right = 0.8 * (1 - 0.25)
    assert abuse(alerts, 5, 5, expected={"a": 0.5}).value == pytest.approx(
        1 - (1 - share_right) ** 2
    )
    assert abuse(alerts, 5, 5, expected={"a": 3.0}).value == 0


def test_a_noisy_detector_says_nothing_against_anothers_alert() -> None:
    alert = {"detector": "a", "severity": "critical", "score": 0.8}

    assert abuse([alert], 5, 5, expected={"a": 0.0, "noisy": 1.0}).value == pytest.approx(0.8)


def test_silence_of_one_in_six_weighs_a_sixth() -> None:
    parts = {name: Part(0.4) for name in RISK_PARTS}
    silent = abuse([], judging=1, detectors=6, expected={})

    whole = total(parts | {"abuse": silent})

    weight = WEIGHTS["abuse"]
    expected = 0.4 * (1 - weight) / (1 - weight + weight / 6)
    assert whole.value == pytest.approx(expected)
    assert whole.certainty == pytest.approx(1 - weight + weight / 6)


def test_silence_counts_as_clear_only_where_somebody_looked() -> None:
    assert abuse([], judging=5, detectors=5, expected={}) == Part(0.0)
    assert abuse([], judging=4, detectors=5, expected={}) == Part(
        0.0, "4 of 5 detectors could judge", 0.8
    )
    assert abuse([], judging=0, detectors=5, expected={}) == Part(
        None, "0 of 5 detectors could judge", 0.0
    )
    assert abuse([], judging=0, detectors=0, expected={}) == Part(None, "no detector ran", 0.0)
    assert abuse([], judging=5, detectors=5, expected={}, seen=0.25) == Part(0.0, None, 0.25)


def test_superseded_alerts_do_not_count(connection: DuckDBPyConnection) -> None:
    add_day(connection, TODAY)
    add_alert(connection, "a", "high", 0.8, "open")
    add_alert(connection, "b", "critical", 1.0, "superseded")
    add_run(connection, "volume_spike", "ran", 0.25)
    add_run(connection, "wash_trading", "insufficient", 0.0)

    row = risk_today(connection)

    assert row["alert_count"] == 1
    assert row["expected_false_alerts"] == 0.25
    assert row["abuse"] == pytest.approx(0.75 * 0.8 * 0.75)
    assert row["abuse_reason"] == "1 of 2 detectors could judge"


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        pytest.param({}, 0, id="all good"),
        pytest.param({"superseded_count": 50}, 0, id="aggregates are no fault"),
        pytest.param({"quarantined_count": 10}, 0.1, id="a tenth was rejected"),
        pytest.param(
            {"duplicate_count": 4, "page_edge_count": 6}, 0.06, id="what came again is no fault"
        ),
        pytest.param({"longest_gap_seconds": 21_600}, 0.25, id="six hours of silence"),
        pytest.param({"uncovered_hour_count": 12}, 0.5, id="half of the hours miss trades"),
        pytest.param({"uncovered_hour_count": 12, "quarantined_count": 50}, 0.75, id="two faults"),
        pytest.param({"longest_gap_seconds": None, "uncovered_hour_count": None}, 0, id="unknown"),
    ],
)
def test_poor_data_is_a_risk(counts: dict[str, int | None], expected: float) -> None:
    assert data_quality(DENSE, COUNTED | counts).value == pytest.approx(expected)


def test_uncounted_data_is_not_called_good() -> None:
    assert data_quality(DENSE, None) == Part(None, "landed rows are not counted", 0.0)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        pytest.param({}, 0.5, id="half of the day's returns"),
        pytest.param({"uncovered_hour_count": 18}, 0.25, id="fewer hours are complete"),
        pytest.param({"uncovered_hour_count": 6}, 0.5, id="the same hours are not counted twice"),
        pytest.param({"quarantined_count": 10, "page_edge_count": 10}, 0.4, id="a fifth is lost"),
    ],
)
def test_what_was_seen_is_time_and_rows(counts: dict[str, int], expected: float) -> None:
    assert seen_share({"seen_share": 0.5}, COUNTED | counts) == pytest.approx(expected)


def test_uncounted_rows_leave_the_time_that_was_seen() -> None:
    assert seen_share({"seen_share": 0.5}, None) == 0.5


def test_the_total_is_of_what_is_known_and_names_the_rest() -> None:
    unknown = Part(None, "not measured", 0.0)
    whole = total({name: Part(0.4) for name in RISK_PARTS} | {"market": unknown})

    assert whole.value == pytest.approx(0.4)
    assert whole.certainty == pytest.approx(1 - WEIGHTS["market"])
    assert whole.reason == "without market (not measured)"


def test_parts_without_certainty_make_no_total() -> None:
    parts = {name: Part(0.9, "nothing", 0.0) for name in RISK_PARTS}

    unseen = "nothing of the day was seen for long enough"
    assert total(parts) == Part(None, unseen, 0.0)
    nobody = {"abuse": Part(None, "no detector ran", 0.0)}
    assert total(parts | nobody).reason == f"{unseen}; without abuse (no detector ran)"


def test_keeping_replaces_the_days_of_the_window(connection: DuckDBPyConnection) -> None:
    add_history(connection, 10)
    add_day(connection, TODAY, size=2)
    everything = Window.of_days(FIRST_DAY, TODAY)
    for window in (everything, Window.of_day(TODAY), everything):
        save_risk(connection, window, risk_of(connection, window))

    kept = connection.execute(
        f"select count(*), count(distinct trade_day) from lake.{SYMBOL_RISK.name}"
    ).fetchall()
    assert kept == [(11, 11)]


def test_a_window_without_trades_has_no_risk(connection: DuckDBPyConnection) -> None:
    window = Window.of_day(TODAY)

    save_risk(connection, window, risk_of(connection, window))

    assert not connection.table(f"lake.{SYMBOL_RISK.name}").fetchone()
