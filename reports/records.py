"""Rows for programs: CSV and the values of JSON, exact and without thousands separators."""

import csv
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from io import StringIO
from typing import Any

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet calculates a text that begins with one of them."""


def plain(value: Any) -> Any:
    """The value for JSON: times as ISO text in UTC, decimals as exact text."""
    if isinstance(value, datetime):
        return value.isoformat() + "Z"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value)


def csv_text(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> str:
    """The named fields as CSV, exact as in JSON but for formulas; a missing one is empty.

    The header is there without a row too. Lines end in LF alone: a shell's variable would keep the
    CR of CRLF.
    """
    text = StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(
        {name: "" if row[name] is None else no_formula(plain(row[name])) for name in names}
        for row in rows
    )
    return text.getvalue()


def no_formula(text: str) -> str:
    """The text of a CSV field, with an apostrophe before what a spreadsheet would calculate."""
    is_formula = text.startswith(FORMULA_SIGNS) and not _is_number(text)
    return f"'{text}" if is_formula else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
