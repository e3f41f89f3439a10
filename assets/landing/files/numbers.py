"""Numbers as spreadsheets write them, with separators of thousands or a decimal comma."""

import pyarrow as pa

from assets.landing.arrow import pc

NUMBERS = frozenset({"price", "amount", "quantity", "qty", "cost", "quote_qty", "base_qty"})
"""Landed columns that hold numbers and may be written so."""

THOUSANDS = r"^[+-]?\d{1,3}(,\d{3})+(\.\d*)?$"
DECIMAL_COMMA = r"^[+-]?(\d+|\d{1,3}(\.\d{3})+),\d+$"


def plain_numbers(fields: pa.Table, delimiter: str) -> pa.Table:
    """The fields with a point before decimals and nothing between thousands.

    A comma in a file of commas stands between thousands: `1,234.5`. In any other file it is that of
    the decimals: `1.234,5`.
    """
    pattern = THOUSANDS if delimiter == "," else DECIMAL_COMMA
    for place, name in enumerate(fields.column_names):
        if name not in NUMBERS:
            continue
        text = fields[name]
        is_written_so = pc.fill_null(pc.match_substring_regex(text, pattern), False)
        if not pc.any(is_written_so).as_py():
            continue
        plain = pc.replace_substring(text, "," if delimiter == "," else ".", "")
        plain = pc.replace_substring(plain, ",", ".")
        fields = fields.set_column(place, name, pc.if_else(is_written_so, plain, text))
    return fields
