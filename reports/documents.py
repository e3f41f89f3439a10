"""One self-contained HTML file: styles, script and plotly.js inside, network access blocked.

A content security policy allows only the document's own scripts, by their digests, so that no text
in the data could run, even if it passed the escaping.
"""

import base64
import hashlib
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from reports import numbers
from reports.visible import visible

TEMPLATES = Path(__file__).parent / "templates"
NUMBERS = (
    *("amount", "count", "duration", "number", "percent", "price", "probability", "signed"),
    *("signed_percent", "unit"),
)
WORDS = ("long_date", "moment", "plain", "plural")

# a script element has no HTML escapes, but JSON has
_ESCAPES = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}


def render_document(template: str, *, needs_plotly: bool, **values: Any) -> str:
    """Fill a template and make it self-contained; everything in `values` is escaped."""
    script = (TEMPLATES / "report.js").read_text(encoding="utf-8")
    scripts = [get_plotlyjs()] if needs_plotly else []
    scripts.append(script)
    policy = (
        f"default-src 'none'; script-src {' '.join(_digest(text) for text in scripts)}; "
        "style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'"
    )
    return (
        _environment()
        .get_template(template)
        .render(
            **values,
            # our own text, not data: unescaped
            style=Markup((TEMPLATES / "report.css").read_text(encoding="utf-8")),  # noqa: S704
            scripts=[Markup(text) for text in scripts],  # noqa: S704
            policy=policy,
        )
    )


def render_page(template: str, **values: Any) -> str:
    """Fill a template of a page that a service serves with its styles and scripts beside it."""
    return _environment().get_template(template).render(**values)


def embedded_json(value: Any) -> Markup:
    """JSON that is safe inside a script element, whatever text it contains."""
    text = json.dumps(value, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
    return Markup(text.translate(_ESCAPES))  # noqa: S704 (escaped, as JSON is)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update({name: _typeset(getattr(numbers, name)) for name in NUMBERS})
    environment.filters.update({name: getattr(numbers, name) for name in WORDS})
    environment.filters["embedded_json"] = embedded_json
    return environment


def _visible(value: Any) -> Any:
    """A text of the data without signs that would turn or hide what stands around it."""
    is_data = isinstance(value, str) and not isinstance(value, Markup)
    return visible(value, keep="\n\t") if is_data else value


def _typeset(write: Callable[..., str]) -> Callable[..., str]:
    return lambda *values, **named: numbers.typeset(write(*values, **named))


def _digest(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
