"""Print tables for people and JSON for programs, and errors the same way everywhere."""

import csv
import json
import sys
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.table import Column, Table

from assets.alerts.reading import ID_SHOWN
from orchestration.command_line.plain_text import escape
from reports.numbers import NONE, count, measured, significant

# a pipe has no width: wide enough that each row of a table is one line
PIPE_WIDTH = 160
console = Console(width=None if sys.stdout.isatty() else PIPE_WIDTH)
errors = Console(stderr=True)

OK, FAILED, WRONG_USAGE = 0, 1, 2
VENUE_DIGITS = 12


def plain(value: Any) -> Any:
    """The value for JSON: times as ISO text in UTC, decimals as exact text."""
    if isinstance(value, datetime):
        return value.isoformat() + "Z"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value)


def print_json(value: Any) -> None:
    """Print one JSON document to standard output."""
    sys.stdout.write(json.dumps(value, default=plain, indent=2, ensure_ascii=False) + "\n")


def print_csv(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> None:
    """Print the named fields as CSV to standard output, exact as in JSON; missing ones are
    empty."""
    writer = csv.DictWriter(sys.stdout, names)
    writer.writeheader()
    writer.writerows(
        {name: "" if row[name] is None else no_formula(plain(row[name])) for name in names}
        for row in rows
    )


def no_formula(text: str) -> str:
    """The text of a CSV field, with an apostrophe before what a spreadsheet would calculate."""
    is_formula = text.startswith(("=", "+", "-", "@", "\t", "\r")) and not _is_number(text)
    return f"'{text}" if is_formula else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def print_rows(
    rows: Sequence[Mapping[str, Any]], *, title: str, as_json: bool, columns: Sequence[str] = ()
) -> None:
    """Print the rows as a table, or all of their fields as JSON."""
    if as_json:
        print_json(rows)
    elif rows:
        console.print(_table(rows, list(columns) or list(rows[0]), title))
    else:
        console.print(f"{title}: none")


def print_wide_rows(rows: Sequence[Mapping[str, Any]], *, title: str) -> None:
    """Print the rows as a table, or one block per row if the table is wider than the console."""
    if not rows:
        console.print(f"{title}: none")
        return
    table = _table(rows, list(rows[0]), title=None)
    unbounded = console.options.update(max_width=sys.maxsize)
    if console.measure(table, options=unbounded).maximum <= console.width:
        console.print(table)
        return
    for place, row in enumerate(rows, 1):
        block = Table.grid(Column(no_wrap=True), Column(overflow="fold"), padding=(0, 2, 0, 0))
        for name, value in row.items():
            block.add_row(escape(name), escape(shown(value, name)))
        console.print(f"[bold]row {place:,} of {len(rows):,}[/bold]", highlight=False)
        console.print(block)


def _table(rows: Sequence[Mapping[str, Any]], names: Sequence[str], title: str | None) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for name in names:
        numeric = all(isinstance(row.get(name), int | float | Decimal | None) for row in rows)
        table.add_column(
            escape(name.replace("_", " ")), justify="right" if numeric else "left", overflow="fold"
        )
    for row in rows:
        table.add_row(*(escape(shown_as(name, row.get(name))) for name in names))
    return table


def shown_as(name: str, value: Any) -> str:
    """A value in its column: an alert's id as its first digits, which every command accepts."""
    return str(value)[:ID_SHOWN] if name == "alert_id" and value else shown(value, name)


def shown(value: Any, name: str = "") -> str:
    """A value for a person: measured numbers, formatted by their name, without needless digits.

    A venue's prices and quantities have every digit, up to twelve, and its times are complete.
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
        return measured(name, value)
    if isinstance(value, datetime):
        return value.isoformat(" ").removesuffix("000")
    return str(value)
