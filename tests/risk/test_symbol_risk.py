"""Risk of a symbol and day: what each part says, and why one is empty."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import duckdb
import pytest
from duckdb import DuckDBPyConnection

from assets.alerts.tables import ALERTS
from assets.detection.tables import DETECTOR_RUNS
from assets.market.window import Window
from assets.risk.symbol_risk import (
    MEASURES,
    SEVERITY_WEIGHTS,
    WEIGHTS,
    Part,
    abuse,
    data_quality,
    percentile,
    ranked,
    risk_of,
    save_risk,
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

MARTS = """
    create schema lake.marts;
    create table lake.marts.symbol_days (
        venue varchar, symbol varchar, max_drawdown double,
        notional decimal(38, 12), notional_usd decimal(38, 12),
        matched_share double, covered_5m_bars bigint, is_sparse boolean, sparse_reason varchar,
        trade_day date
    );
    create table lake.marts.market_risk_days (
        venue varchar, symbol varchar, annualised_volatility double, jump_share double,
        trade_day date
    );
    create table lake.marts.liquidity_days (
        venue varchar, symbol varchar, amihud_hourly double, trade_day date
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
        "amihud_hourly": 0.1 * size,
        "notional": 1e6 / size,
        "notional_usd": 1e6 / size,
        "matched_share": min(1.0, 0.01 * size),
    }
    at = {"venue": "test", "symbol": symbol, "trade_day": day}
    measured = measures | DENSE | other
    of_prices = {name: measured.pop(name) for name in ("annualised_volatility", "jump_share")}
    illiquidity = measured.pop("amihud_hourly")
    insert(connection, "marts.liquidity_days", **at, amihud_hourly=illiquidity)
    insert(connection, "marts.symbol_days", **at | measured)
    insert(connection, "marts.market_risk_days", **at | of_prices)
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
    assert set(WEIGHTS) == set(RISK_PARTS)
    assert sum(WEIGHTS.values()) == pytest.approx(1)
    assert list(SEVERITY_WEIGHTS.values()) == sorted(SEVERITY_WEIGHTS.values())


def test_a_row_has_the_columns_of_its_table(connection: DuckDBPyConnection) -> None:
    add_day(connection, TODAY)

    assert [column.split()[0] for column in SYMBOL_RISK.columns] == list(risk_today(connection))


@pytest.mark.parametrize(("value", "share"), [(0, 0), (1, 0.125), (2.5, 0.5), (4, 0.875), (5, 1)])
def test_a_percentile_is_the_share_below(value: float, share: float) -> None:
    assert percentile(value, [1, 2, 3, 4]) == share


def test_a_day_like_all_others_stands_in_the_middle() -> None:
    assert percentile(0.0, [0.0] * 12) == 0.5


def test_with_ten_days_a_symbol_is_judged_by_its_own_past(connection: DuckDBPyConnection) -> None:
    add_history(connection, 10)
    add_day(connection, TODAY, size=2)

    row = risk_today(connection)

    assert (row["market"], row["liquidity"], row["integrity"]) == (1, 1, 1)
    assert row["market_reason"] is None


def test_with_fewer_days_it_is_judged_among_the_symbols_of_the_day(
    connection: DuckDBPyConnection,
) -> None:
    add_history(connection, 3)
    for n in range(5):
        add_day(connection, TODAY, symbol=f"{'ABCDE'[n] * 3}-USDT", size=1 + n)

    assert risk_today(connection)["market"] == pytest.approx(0.1)
    assert risk_today(connection, "EEE-USDT")["market"] == pytest.approx(0.9)
    assert "among 5 symbols" in risk_today(connection)["market_reason"]
    assert "history: 3 of 10 days" in risk_today(connection)["market_reason"]


def test_with_neither_the_part_is_empty_and_says_why(connection: DuckDBPyConnection) -> None:
    add_history(connection, 3)
    add_day(connection, TODAY)

    row = risk_today(connection)

    for part in MEASURES:
        assert row[part] is None
        assert row[f"{part}_reason"] == "history: 3 of 10 days, universe: 1 of 5 symbols"
    assert row["total"] is None
    assert "market (history: 3 of 10 days" in row["total_reason"]


def test_later_days_do_not_change_the_risk_of_earlier_ones(connection: DuckDBPyConnection) -> None:
    add_history(connection, 11)
    add_day(connection, TODAY, size=2)
    before = risk_of(connection, Window.of_day(TODAY))
    add_day(connection, TODAY + timedelta(days=1), size=5)

    assert risk_of(connection, Window.of_day(TODAY)) == before
    both = risk_of(connection, Window.of_days(TODAY, TODAY + timedelta(days=1)))
    assert both[: len(before)] == before


def test_a_year_ago_is_forgotten() -> None:
    names = MEASURES["integrity"]
    day = {"trade_day": TODAY, "matched_share": 0.5, "matched_share_across": 0.5}
    old = [day | {"trade_day": TODAY - timedelta(days=366 + n)} for n in range(20)]

    assert ranked(day, old, [], names).value is None


def test_symbols_in_other_currencies_are_compared_in_dollars(
    connection: DuckDBPyConnection,
) -> None:
    for n in range(5):
        add_day(connection, TODAY, symbol=f"{'ABCDE'[n] * 3}-USDT", notional=10.0**n)

    # all trade as much in dollars; the quote currency of the last is the cheapest
    amihud = [risk_today(connection, f"{letter * 3}-USDT")["liquidity"] for letter in "ABCDE"]
    assert amihud == sorted(amihud)
    assert len(set(amihud)) == 5


def test_jumps_of_a_sparse_day_are_left_out(connection: DuckDBPyConnection) -> None:
    sparse = {"is_sparse": True, "covered_5m_bars": 30, "sparse_reason": "only 30 of 288"}
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
    assert whole.reason == "without all of abuse (1 of 6 detectors could judge)"


def test_silence_counts_as_clear_only_where_somebody_looked() -> None:
    assert abuse([], judging=5, detectors=5, expected={}) == Part(0.0)
    assert abuse([], judging=4, detectors=5, expected={}) == Part(
        0.0, "4 of 5 detectors could judge", 0.8
    )
    assert abuse([], judging=0, detectors=5, expected={}) == Part(
        None, "0 of 5 detectors could judge"
    )
    assert abuse([], judging=0, detectors=0, expected={}) == Part(None, "no detector ran")


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
    assert data_quality(DENSE, None) == Part(None, "landed rows are not counted")


def test_the_total_is_of_what_is_known_and_names_the_rest() -> None:
    parts = {name: Part(0.4) for name in RISK_PARTS} | {"market": Part(None, "history: 3 days")}

    assert total(parts).value == pytest.approx(0.4)
    assert total(parts).reason == "without all of market (history: 3 days)"


def test_less_than_half_is_no_total() -> None:
    parts = {name: Part(None, "no") for name in RISK_PARTS} | {"data_quality": Part(0.0)}

    assert total(parts).value is None


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
