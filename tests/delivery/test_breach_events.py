"""A breach of a limit goes out once a day and severity, and a route can choose it by symbol."""

from dataclasses import replace
from datetime import date

from assets.delivery.breach_events import Breach, breach_events
from assets.lake.lake import Lake

BREACH = Breach(
    trade_day=date(2026, 11, 30),
    venue="kraken",
    symbol="BTC-USD",
    measure="value_at_risk_99",
    value=0.0812,
    limit=0.05,
    severity="high",
)


def test_a_breach_names_measure_market_and_both_values(lake: Lake) -> None:
    (event,) = breach_events([BREACH], lake)
    assert event.title == (
        "high: limit breached: value at risk 99 of kraken BTC-USD is 0.0812, its limit 0.05"
    )
    assert event.link == "http://127.0.0.1:3001/daily/2026-11-30.html"
    assert (event.venues, event.symbols, event.severity) == (("kraken",), ("BTC-USD",), "high")


def test_a_run_that_measures_a_day_again_brings_no_second_message(lake: Lake) -> None:
    again = replace(BREACH, value=0.0813)
    others = [
        replace(BREACH, limit=0.06),
        replace(BREACH, severity="critical"),
        replace(BREACH, measure="spread"),
        replace(BREACH, symbol="ETH-USD"),
        replace(BREACH, trade_day=date(2026, 12, 1)),
    ]
    keys = [event.key for event in breach_events([BREACH, again, *others], lake)]
    assert keys[0] == keys[1]
    assert len(set(keys)) == len(keys) - 1
