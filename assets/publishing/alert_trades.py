"""The trades behind a day's alerts, as the daily report shows them."""

from datetime import date
from typing import Any

from duckdb import DuckDBPyConnection

from assets.alerts.parties import parties_of
from assets.alerts.trades import LARGEST_FIRST, condition_of, read_trades
from assets.market.window import Window
from reports.alerts import AlertTrades
from reports.queries import rows

SHOWN = 10
COLUMNS = """
    traded_at, aggressor_side, price_double as price, quantity_double as quantity,
    notional::double as notional, buyer_account_id, seller_account_id,
    count(*) over () as trade_count
"""


def trades_of_day(connection: DuckDBPyConnection, day: date) -> dict[str, AlertTrades]:
    """By id of each alert that touches the day: how many trades are behind it, and the largest."""
    whole = Window.of_day(day)
    alerts = rows(
        connection,
        "select alert_id, subject_kind, subject_id, venue, symbol, evidence, window_start_at, "
        "window_end_at from lake.alerts.alerts where window_start_at < ? and window_end_at > ?",
        [whole.end_at, whole.start_at],
    )
    return {alert["alert_id"]: _trades_of(connection, alert) for alert in alerts}


def _trades_of(connection: DuckDBPyConnection, alert: dict[str, Any]) -> AlertTrades:
    condition = condition_of(alert)
    if condition is None:
        return AlertTrades(0, ())
    largest = read_trades(connection, condition, columns=COLUMNS, order=LARGEST_FIRST, limit=SHOWN)
    return AlertTrades(
        largest[0]["trade_count"] if largest else 0, largest, parties_of(connection, alert)
    )
