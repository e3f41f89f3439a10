"""One HTML file with styles and scripts inside, which loads nothing but a copy of plotly.js.

Where many documents lie in one folder they share that copy; a document that travels has it inside,
and its figures, all compressed, which `report.js` unpacks.

A content security policy allows the document's own script by its digest, and plotly.js by the place
that it is from, so that no text in the data could run, even if it passed the escaping: of a folder
the document's own origin (browsers check no digest of a file on a disk), in one file an address
(`blob:`) that only a running script can make.
"""

import base64
import gzip
import hashlib
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from reports import numbers
from reports.chart_scale import epoch
from reports.links import neighbours
from reports.live import delay
from reports.minute_chart import minute_chart
from reports.plotly import plotly_script
from reports.printed_queries import query_command
from reports.visible import visible

TEMPLATES = Path(__file__).parent / "templates"
STYLES = ("tokens.css", "chart.css", "report.css")
"""Colours, charts, and all else of a report; a page of a service has them beside it."""
NUMBERS = (
    *(
        "amount",
        "count",
        "duration",
        "exact",
        "number",
        "percent",
        "price",
        "probability",
        "signed",
    ),
    *("signed_percent", "unit"),
)
WORDS = ("long_date", "short_date", "moment", "plain", "plural")

# a script element has no HTML escapes, but JSON has
_ESCAPES = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}


def render_document(
    template: str, *, needs_plotly: bool = False, plotly_at: str | None = None, **values: Any
) -> str:
    """Fill a template; everything in `values` is escaped.

    `plotly_at` is the address of the shared copy of plotly.js, relative to the document; without
    one, plotly.js is inside.
    """
    script = _text("report.js")
    is_packed = needs_plotly and plotly_at is None
    library = " blob:" if is_packed else " 'self' file:" if needs_plotly else ""
    policy = (
        f"default-src 'none'; script-src {_digest(script)}{library}; "
        "style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'"
    )
    return (
        _environment()
        .get_template(template)
        .render(
            **values,
            # our own text, not data: unescaped
            style=Markup("".join(_text(name) for name in STYLES)),  # noqa: S704
            script=Markup(script),  # noqa: S704
            plotly_at=plotly_at if needs_plotly else None,
            plotly_inside=_packed_plotly() if is_packed else None,
            is_packed=is_packed,
            policy=policy,
        )
    )


def render_page(template: str, **values: Any) -> str:
    """Fill a template of a page that a service serves with its styles and scripts beside it."""
    return _environment().get_template(template).render(**values)


def render_still(template: str, *, style: str, **values: Any) -> str:
    """Fill a template of a document that runs nothing and loads nothing; `style` is inside it."""
    # its own policy allows its own style alone; what a page wraps it in is part of the digest
    policy = f"default-src 'none'; style-src {_digest(style)}; base-uri 'none'; form-action 'none'"
    return render_page(template, style=Markup(style), policy=policy, **values)  # noqa: S704


def embedded_json(value: Any) -> Markup:
    """JSON that is safe inside a script element, whatever text it contains."""
    text = json.dumps(value, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
    return Markup(text.translate(_ESCAPES))  # noqa: S704 (escaped, as JSON is)


def packed(text: str) -> Markup:
    """A text compressed and in base64, which has no sign of HTML; equal texts give equal ones."""
    return Markup(base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode())  # noqa: S704


def packed_json(value: Any) -> Markup:
    """JSON, compressed."""
    return packed(json.dumps(value, separators=(",", ":"), allow_nan=False, ensure_ascii=False))


@cache
def _packed_plotly() -> Markup:
    return packed(plotly_script())


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_visible,
        # a program's templates change with the program
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update({name: _typeset(getattr(numbers, name)) for name in NUMBERS})
    environment.filters.update({name: getattr(numbers, name) for name in WORDS})
    environment.filters["delay"] = delay
    environment.filters["embedded_json"] = embedded_json
    environment.filters["packed_json"] = packed_json
    environment.filters["query_command"] = query_command
    environment.filters["minute_chart"] = minute_chart
    environment.filters["epoch"] = epoch
    # our own names and marks: unescaped
    environment.filters["neighbours"] = lambda links: Markup(neighbours(links))  # noqa: S704
    return environment


def _visible(value: Any) -> Any:
    """A text of the data without signs that would turn or hide what stands around it."""
    is_data = isinstance(value, str) and not isinstance(value, Markup)
    return visible(value, keep="\n\t") if is_data else value


def _typeset(write: Callable[..., str]) -> Callable[..., str]:
    return lambda *values, **named: numbers.typeset(write(*values, **named))


def _text(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def _digest(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
