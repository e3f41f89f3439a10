"""Text of rows, files and errors on a console: never markup, never a sign that a terminal obeys."""

from rich import markup
from rich.text import Text

from reports.visible import visible


def escape(text: str) -> str:
    """A value inside of markup of our own, on one line."""
    return markup.escape(visible(text))


def said(text: object, style: str = "", *, label: str = "") -> Text:
    """A message in one style; a `label` before it alone has the style."""
    shown = visible(str(text), keep="\n\t")
    return Text.assemble((f"{label} ", style), shown) if label else Text(shown, style=style)
