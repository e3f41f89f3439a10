"""The minutes of an alert in a report: which of the day's bars, and which of its trades."""

from datetime import date, datetime, timedelta
from typing import Any

from reports.alert_minutes import minutes_of
from reports.alerts import Alert, AlertTrades

DAY = date(2024, 3, 15)
NOON = datetime(2024, 3, 15, 12)


def bar(minute: int, low: float, high: float) -> dict[str, Any]:
    return {
        "cell_start_at": NOON + timedelta(minutes=minute), "low": low, "high": high, "open": low,
        "close": high, "notional": 1.0, "net_notional": None,
    }  # fmt: skip


def alert(start: int, end: int, *trades: dict[str, Any]) -> Alert:
    row = {
        "window_start_at": NOON + timedelta(minutes=start),
        "window_end_at": NOON + timedelta(minutes=end),
        "symbol": "BTC-USDT",
    }
    return Alert(row, DAY, False, (), 0, {}, AlertTrades(len(trades), trades))


def trade(minute: int, price: float) -> dict[str, Any]:
    at = NOON + timedelta(minutes=minute)
    return {"traded_at": at, "price": price, "notional": 9.0, "aggressor_side": "buyer"}


def test_a_quarter_of_an_hour_about_an_alert_and_its_trades_within_are_shown() -> None:
    bars = [bar(minute, 10.0, 20.0) for minute in range(-30, 60)]
    chart = minutes_of(alert(5, 10, trade(10, 15.0), trade(10, 99.0), trade(55, 15.0)), bars)
    assert chart is not None
    assert (chart.first_at, chart.last_at) == (
        NOON - timedelta(minutes=10),
        NOON + timedelta(minutes=25),
    )
    assert chart.window == (NOON + timedelta(minutes=5), NOON + timedelta(minutes=10))
    assert [(one.traded_at.minute, one.price) for one in chart.deals] == [(10, 15.0)]
    assert chart.bars[0].net == 0.0
    assert chart.quote == "USDT"


def test_hours_and_a_time_without_bars_have_no_chart() -> None:
    bars = [bar(minute, 1.0, 2.0) for minute in range(300)]
    assert minutes_of(alert(0, 241), bars) is None
    assert minutes_of(alert(0, 240), bars) is not None
    assert minutes_of(alert(0, 5), []) is None
    assert minutes_of(alert(400, 410), bars) is None
