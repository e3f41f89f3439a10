"""Risk and symbols as a person or a program asks for them."""

from datetime import date
from typing import Any

from assets.alerts.tables import ALERTS
from assets.anomaly.tables import ANOMALY
from assets.lake.lake import Lake
from assets.risk.tables import SYMBOL_RISK
from reports.queries import present_tables, rows

Rows = list[dict[str, Any]]
SYMBOL_DAYS = "marts.symbol_days"


def symbols(lake: Lake) -> Rows:
    """Every market with its first and last day, its days, trades and present alerts."""
    with lake.connect() as connection:
        if not {SYMBOL_DAYS, ALERTS.name} <= present_tables(connection):
            return []
        return rows(
            connection,
            f"""
            with alerts as (
                select venue, symbol, count(*) as alert_count
                from lake.{ALERTS.name}
                where status != 'superseded' and symbol != ''
                group by venue, symbol
            )

            select
                venue,
                symbol,
                min(trade_day) as first_day,
                max(trade_day) as last_day,
                count(*) as days,
                sum(trade_count)::bigint as trade_count,
                coalesce(any_value(alert_count), 0) as alert_count,
            from lake.{SYMBOL_DAYS}
            left join alerts using (venue, symbol)
            group by venue, symbol
            order by venue, symbol
            """,
        )


def risk_of_day(lake: Lake, day: date | None) -> Rows:
    """The risk of each symbol on a day, the riskiest first; None is the last day that has any."""
    with lake.connect() as connection:
        if SYMBOL_RISK.name not in present_tables(connection):
            return []
        return rows(
            connection,
            f"from lake.{SYMBOL_RISK.name} where trade_day = coalesce(?, "
            f"(select max(trade_day) from lake.{SYMBOL_RISK.name})) "
            "order by total desc nulls last, venue, symbol",
            [day],
        )


def latest_scores(lake: Lake) -> Rows:
    """Of each market the last five minutes that the day's model scored."""
    with lake.connect() as connection:
        if ANOMALY.name not in present_tables(connection):
            return []
        return rows(
            connection,
            f"from lake.{ANOMALY.name} where trade_day = "
            f"(select max(trade_day) from lake.{ANOMALY.name}) and score is not null "
            "qualify cell_start_at = max(cell_start_at) over (partition by venue, symbol) "
            "order by score desc, venue, symbol",
        )


def alert_counts(lake: Lake) -> Rows:
    """Present alerts by day, detector and severity, the newest day first."""
    with lake.connect() as connection:
        if ALERTS.name not in present_tables(connection):
            return []
        return rows(
            connection,
            f"""
            select trade_day, detector, severity, count(*) as alert_count
            from lake.{ALERTS.name}
            where status != 'superseded'
            group by all
            order by trade_day desc, detector, severity
            """,
        )
