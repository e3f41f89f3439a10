"""The chart of an alert's minutes: where its shapes lie."""

import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from reports.alerts import Alert, AlertTrades
from reports.minutes import minutes_of

DAY = date(2024, 3, 15)
NOON = datetime(2024, 3, 15, 12)


def bar(minute: int, low: float, high: float, net: float = 0.0) -> dict[str, Any]:
    return {
        "cell_start_at": NOON + timedelta(minutes=minute), "low": low, "high": high, "open": low,
        "close": high, "notional": 1.0, "net_notional": net,
    }  # fmt: skip


def alert(start: int, end: int, *trades: dict[str, Any]) -> Alert:
    row = {
        "window_start_at": NOON + timedelta(minutes=start),
        "window_end_at": NOON + timedelta(minutes=end),
    }
    return Alert(row, DAY, False, (), 0, {}, AlertTrades(len(trades), trades))


def test_the_time_of_the_alert_and_its_trades_lie_within_the_minutes_shown() -> None:
    bars = [bar(minute, 10.0, 20.0) for minute in range(20)]
    trade = {"traded_at": NOON + timedelta(minutes=10), "price": 15.0}
    chart = minutes_of(alert(5, 10, trade), bars)
    assert chart is not None
    assert (chart.from_at, chart.until_at) == (NOON, NOON + timedelta(minutes=20))
    # a quarter of the twenty minutes, from a quarter on
    assert chart.during == (250.0, 250.0)
    # half of the time, and half of the price's 96 pixels
    assert chart.trades == "M500.0 48.0h0"


def test_a_minute_without_a_trade_has_the_price_of_the_one_before() -> None:
    chart = minutes_of(alert(0, 4), [bar(0, 1.0, 1.0), bar(3, 2.0, 2.0)])
    assert chart is not None
    assert chart.closes == "M0.0 96.0h250.0H750.0V0.0h250.0"


def test_buyers_are_above_the_line_and_sellers_below() -> None:
    chart = minutes_of(alert(0, 2), [bar(0, 1.0, 2.0, 50.0), bar(1, 1.0, 2.0, -100.0)])
    assert chart is not None
    bought, sold = (
        [float(one) for one in re.findall("-?[0-9.]+", path)] for path in (chart.bought, chart.sold)
    )
    # left, top, width, height: the line is at 123 of 140, and the larger bar 17 tall
    assert bought[:4] == pytest.approx([0.0, 114.5, 400.0, 8.5])
    assert sold[:4] == pytest.approx([500.0, 123.0, 400.0, 17.0])
    assert chart.largest_flow == 100.0


def test_one_price_all_the_time_lies_in_the_middle() -> None:
    chart = minutes_of(alert(0, 1), [bar(0, 5.0, 5.0)])
    assert chart is not None
    assert chart.closes == "M0.0 48.0h1000.0"


def test_hours_and_a_time_without_bars_have_no_chart() -> None:
    bars = [bar(minute, 1.0, 2.0) for minute in range(300)]
    assert minutes_of(alert(0, 241), bars) is None
    assert minutes_of(alert(0, 240), bars) is not None
    assert minutes_of(alert(0, 5), []) is None
    assert minutes_of(alert(400, 410), bars) is None
