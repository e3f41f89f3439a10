"""The trades behind a day's alerts, who is in them, and what a large order did to the price."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from duckdb import DuckDBPyConnection

from assets.alerts.impact import impact_of
from assets.alerts.parties import parties_of, time_read
from assets.alerts.trades import LARGEST_FIRST, TRADES, Condition, condition_of, read_trades
from assets.market.window import Window
from reports.alerts import NO_TRADES, AlertTrades
from reports.queries import Row, rows

Selected = tuple[Row, Condition]
"""An alert, and which trades its evidence selects."""

SHOWN = 10
COLUMNS = """
    traded_at, aggressor_side, price_double as price, quantity_double as quantity,
    notional::double as notional, buyer_account_id, seller_account_id,
    count(*) over () as trade_count, (sum(notional) over ())::double as all_notional
"""


def trades_of_day(connection: DuckDBPyConnection, day: date) -> dict[str, AlertTrades]:
    """By id of each alert that touches the day: its trades' number, the largest, and who traded."""
    whole = Window.of_day(day)
    alerts = rows(
        connection,
        "select alert_id, subject_kind, subject_id, venue, symbol, evidence, window_start_at, "
        "window_end_at from lake.alerts.alerts where window_start_at < ? and window_end_at > ?",
        [whole.end_at, whole.start_at],
    )
    markets: defaultdict[tuple[str, str], list[Selected]] = defaultdict(list)
    for alert in alerts:
        condition = condition_of(alert)
        if condition is not None:
            markets[alert["venue"], alert["symbol"]].append((alert, condition))
    found = {alert["alert_id"]: NO_TRADES for alert in alerts}
    for of_market in markets.values():
        found |= _of_market(connection, of_market)
    return found


def _of_market(
    connection: DuckDBPyConnection, alerts: Sequence[Selected]
) -> dict[str, AlertTrades]:
    """The same for the alerts of one market, whose trades are read once."""
    first = alerts[0][0]
    stretches = [time_read(alert) for alert, _ in alerts]
    market = {name: first[name] for name in ("venue", "symbol") if first[name]}
    where = " and ".join([*(f"{name} = ?" for name in market), "traded_at >= ?", "traded_at < ?"])
    connection.execute(
        f"create or replace temp table alerted_trades as from {TRADES} where {where}",
        [*market.values(), min(start for start, _ in stretches), max(end for _, end in stretches)],
    )
    parties = parties_of(connection, [alert for alert, _ in alerts], "alerted_trades")
    found: dict[str, AlertTrades] = {}
    for (alert, condition), of_alert in zip(alerts, parties, strict=True):
        largest = read_trades(
            connection,
            condition,
            columns=COLUMNS,
            order=LARGEST_FIRST,
            limit=SHOWN,
            trades="alerted_trades",
        )
        count = largest[0]["trade_count"] if largest else 0
        found[alert["alert_id"]] = AlertTrades(
            count,
            largest,
            of_alert,
            impact_of(connection, alert),
            largest[0]["all_notional"] if largest else None,
        )
    connection.execute("drop table alerted_trades")
    return found
