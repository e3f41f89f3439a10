"""What is said to be new since the day before."""

from datetime import timedelta
from types import ModuleType

from duckdb import DuckDBPyConnection

from reports.changes import changes_since


def add_bar(
    connection: DuckDBPyConnection, sample: ModuleType, days_ago: int, symbol: str, notional: float
) -> None:
    at = sample.MIDNIGHT - timedelta(days=days_ago)
    sample.insert(
        connection, "features.bars_1m", venue="binance", symbol=symbol, open=1.0, high=1.0, low=1.0,
        close=1.0, notional=notional, notional_usd=notional, buyer_notional=notional,
        seller_notional=0, trade_count=10, cell_start_at=at, cell_end_at=at + timedelta(minutes=1),
        trade_day=at.date(),
    )  # fmt: skip


def test_a_first_day_has_nothing_to_compare_with(
    sample: ModuleType, sample_lake: DuckDBPyConnection
) -> None:
    (said,) = changes_since(sample_lake, sample.DAY)
    assert said == "No trade of the day before is in the lake: there is nothing to compare with."


def test_incidents_symbols_volume_and_rates_are_compared(
    empty_lake: DuckDBPyConnection, sample: ModuleType
) -> None:
    for symbol, before, now in (("A-USDT", 100, 300), ("B-USDT", 100, 120), ("C-USDT", 50, 0)):
        add_bar(empty_lake, sample, 1, symbol, before)
        if now:
            add_bar(empty_lake, sample, 0, symbol, now)
    add_bar(empty_lake, sample, 0, "D-USDT", 80)
    at = sample.MIDNIGHT + timedelta(hours=1)
    sample.add_alert(
        empty_lake, severity="high", window_start_at=at, window_end_at=at + timedelta(minutes=5)
    )
    sample.add_incidents(empty_lake)
    sample.add_run(empty_lake, "large_order", "ran", expected_false_alerts=0.25)
    assert changes_since(empty_lake, sample.DAY) == [
        "Incidents: 1 (1 high); the day before 0.",
        "Alerts: 1 where chance gives 0.25; the day before 0.",
        "Symbols. New: D-USDT on binance. Gone: C-USDT on binance.",
        # 500 dollars after 250
        "Trades: 30, the day before 30; volume in dollars 500, +100 %.",
        "A-USDT on binance traded 300 USDT, the day before 100.",
    ]
