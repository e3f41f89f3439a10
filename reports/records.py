"""Rows for programs: CSV and the values of JSON, exact and without thousands separators."""

import csv
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from io import StringIO
from typing import Any


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
    """The named fields as CSV, exact as in JSON; a missing one is empty.

    The header is there without a row too. Lines end in LF alone: a shell's variable would keep the
    CR of CRLF.
    """
    text = StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(
        {name: "" if row[name] is None else plain(row[name]) for name in names} for row in rows
    )
    return text.getvalue()
