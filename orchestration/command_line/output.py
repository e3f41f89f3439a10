"""Print tables for people and JSON for programs, and errors the same way everywhere."""

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.table import Table

from assets.alerts.reading import ID_SHOWN
from orchestration.command_line.plain_text import escape, said
from reports.numbers import NONE, count, is_exact, measured, significant
from reports.records import csv_text, plain

# a pipe has no width: wide enough that each row of a table is one line
PIPE_WIDTH = 160
console = Console(width=None if sys.stdout.isatty() else PIPE_WIDTH)
errors = Console(stderr=True)

OK, FAILED, WRONG_USAGE = 0, 1, 2
VENUE_DIGITS = 12


def print_json(value: Any) -> None:
    """Print one JSON document to standard output."""
    sys.stdout.write(json.dumps(value, default=plain, indent=2, ensure_ascii=False) + "\n")


def print_csv(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> None:
    """Print the named fields as CSV to standard output."""
    sys.stdout.write(csv_text(rows, names))


# columns whose values are given to the next command
UNBROKEN = {"alert_id", "detector", "severity"}


def print_rows(
    rows: Sequence[Mapping[str, Any]], *, title: str, as_json: bool, columns: Sequence[str] = ()
) -> None:
    """Print the rows as a table, or all of their fields as JSON."""
    if as_json:
        print_json(rows)
    elif rows:
        console.print(_table(rows, list(columns) or list(rows[0]), title))
    else:
        console.print(said(f"{title}: none"))


def _table(rows: Sequence[Mapping[str, Any]], names: Sequence[str], title: str) -> Table:
    table = Table(
        title=escape(title), title_justify="left", title_style="bold", box=None, pad_edge=False
    )
    for name in names:
        numeric = all(isinstance(row.get(name), int | float | Decimal | None) for row in rows)
        table.add_column(
            escape(name.replace("_", " ")),
            justify="right" if numeric else "left",
            overflow="fold",
            no_wrap=numeric or name in UNBROKEN,
        )
    for row in rows:
        table.add_row(*(escape(shown_as(name, row.get(name))) for name in names))
    return table


def shown_as(name: str, value: Any) -> str:
    """A value in its column: an alert's id as its first digits, which every command accepts."""
    return str(value)[:ID_SHOWN] if name == "alert_id" and value else shown(value, name)


def shown(value: Any, name: str = "") -> str:
    """A value for a person: measured numbers, formatted by their name, without needless digits.

    Prices, quantities and what a venue said have every digit, up to twelve; times are complete.
    """
    if value is None:
        return NONE
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return significant(float(value), VENUE_DIGITS)
    if isinstance(value, int):
        return count(value)
    if isinstance(value, float):
        return significant(value, VENUE_DIGITS) if is_exact(name) else measured(name, value)
    if isinstance(value, datetime):
        return value.isoformat(" ").removesuffix("000")
    return str(value)
