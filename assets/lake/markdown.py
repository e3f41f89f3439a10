"""Text of rows and files inside Markdown, as the Dagster UI shows it: never markup."""

import re

from reports.visible import visible

_MARKS = re.compile(r"[\\`*_\[\]<>|~&#!]|(?<=[a-z])(?=://)", re.IGNORECASE)


def plain_markdown(value: object) -> str:
    """The value on one line, with each sign that Markdown or HTML would read as markup escaped."""
    return _MARKS.sub(lambda found: f"\\{found[0]}", visible(str(value)))
