"""The trades behind a day's alerts, and who is in them, as the daily report shows both."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from duckdb import DuckDBPyConnection

from assets.alerts.parties import parties_of, time_read
from assets.alerts.trades import LARGEST_FIRST, TRADES, condition_of, read_trades
from assets.market.window import Window
from reports.alerts import AlertTrades
from reports.queries import Row, rows

SHOWN = 10
COLUMNS = """
    traded_at, aggressor_side, price_double as price, quantity_double as quantity,
    notional::double as notional, buyer_account_id, seller_account_id,
    count(*) over () as trade_count
"""
NO_TRADES = AlertTrades(0, ())


def trades_of_day(connection: DuckDBPyConnection, day: date) -> dict[str, AlertTrades]:
    """By id of each alert that touches the day: its trades' number, the largest, and who traded."""
    whole = Window.of_day(day)
    alerts = rows(
        connection,
        "select alert_id, subject_kind, subject_id, venue, symbol, evidence, window_start_at, "
        "window_end_at from lake.alerts.alerts where window_start_at < ? and window_end_at > ?",
        [whole.end_at, whole.start_at],
    )
    markets: defaultdict[tuple[str, str], list[Row]] = defaultdict(list)
    for alert in alerts:
        if condition_of(alert) is not None:
            markets[alert["venue"], alert["symbol"]].append(alert)
    found = {alert["alert_id"]: NO_TRADES for alert in alerts}
    for of_market in markets.values():
        found |= _of_market(connection, of_market)
    return found


def _of_market(connection: DuckDBPyConnection, alerts: Sequence[Row]) -> dict[str, AlertTrades]:
    """The same for the alerts of one market, whose trades are read once."""
    if len(alerts) == 1:
        return {alerts[0]["alert_id"]: _trades_of(connection, alerts[0], TRADES)}
    stretches = [time_read(alert) for alert in alerts]
    market = {name: alerts[0][name] for name in ("venue", "symbol") if alerts[0][name]}
    where = " and ".join([*(f"{name} = ?" for name in market), "traded_at >= ?", "traded_at < ?"])
    connection.execute(
        f"create or replace temp table alerted_trades as from {TRADES} where {where}",
        [*market.values(), min(start for start, _ in stretches), max(end for _, end in stretches)],
    )
    found = {alert["alert_id"]: _trades_of(connection, alert, "alerted_trades") for alert in alerts}
    connection.execute("drop table alerted_trades")
    return found


def _trades_of(connection: DuckDBPyConnection, alert: dict[str, Any], trades: str) -> AlertTrades:
    condition = condition_of(alert)
    if condition is None:
        return NO_TRADES
    largest = read_trades(
        connection, condition, columns=COLUMNS, order=LARGEST_FIRST, limit=SHOWN, trades=trades
    )
    count = largest[0]["trade_count"] if largest else 0
    return AlertTrades(count, largest, parties_of(connection, alert, trades))
