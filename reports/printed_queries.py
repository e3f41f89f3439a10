"""The query behind a number, as a person types it."""

import shlex


def query_command(sql: str, program: str) -> str:
    """A command that answers the query over the report's lake."""
    return f"{program} query {shlex.quote(sql)}"


def of_symbol(table: str, venue: str, symbol: str, day: str) -> str:
    """The row of a symbol and day in a table of the lake."""
    return (
        f"from {table} where trade_day = '{day}' and venue = {_text(venue)} "
        f"and symbol = {_text(symbol)}"
    )


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
