"""A symbol's day, and the symbols and accounts that a search finds."""

from datetime import date

from duckdb import DuckDBPyConnection

from assets.risk.tables import SYMBOL_RISK
from reports.queries import Row, rows

FOUND = 20
"""Symbols or accounts that a search lists."""


def symbol_day(connection: DuckDBPyConnection, venue: str, symbol: str, day: date) -> Row | None:
    """The row of `marts.symbol_days`, money as doubles; None where it did not trade that day."""
    found = rows(
        connection,
        "select * replace (notional::double as notional, notional_usd::double as notional_usd) "
        "from lake.marts.symbol_days where venue = ? and symbol = ? and trade_day = ?",
        [venue, symbol, day],
    )
    return found[0] if found else None


def days_beside(
    connection: DuckDBPyConnection, venue: str, symbol: str, day: date | None
) -> tuple[date | None, date | None, date | None]:
    """The day before on which it traded, the day itself (default: the last), the day after."""
    days = [
        one
        for (one,) in connection.execute(
            "select trade_day from lake.marts.symbol_days where venue = ? and symbol = ? "
            "order by trade_day",
            [venue, symbol],
        ).fetchall()
    ]
    shown = day or (days[-1] if days else None)
    if shown is None:
        return None, None, None
    before = [one for one in days if one < shown]
    after = [one for one in days if one > shown]
    return (before[-1] if before else None), shown, (after[0] if after else None)


def symbol_risk(connection: DuckDBPyConnection, venue: str, symbol: str, day: date) -> Row | None:
    """The row of `scores.symbol_risk`; None where the day was not scored."""
    found = rows(
        connection,
        f"from lake.{SYMBOL_RISK.name} where venue = ? and symbol = ? and trade_day = ?",
        [venue, symbol, day],
    )
    return found[0] if found else None


def symbols_found(connection: DuckDBPyConnection, text: str) -> list[Row]:
    """Venue and symbol of those that contain a text in any case, an equal one first."""
    return rows(
        connection,
        f"""
        select venue, symbol, lower(symbol) = lower($text) as is_exact
        from lake.marts.symbol_days
        where contains(lower(symbol), lower($text))
        group by all
        order by is_exact desc, symbol, venue
        limit {FOUND}
        """,
        {"text": text},
    )


def accounts_found(connection: DuckDBPyConnection, text: str) -> list[Row]:
    """Venue and account_id of accounts that traded and begin with a text, an equal one first."""
    return rows(
        connection,
        f"""
        select venue, account_id, account_id = $text as is_exact
        from lake.marts.account_activity_1h
        where starts_with(account_id, $text)
        group by all
        order by is_exact desc, account_id, venue
        limit {FOUND}
        """,
        {"text": text},
    )
