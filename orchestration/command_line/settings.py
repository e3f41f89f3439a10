"""`tapewatch settings`: every setting with its variable, its default and what it means."""

from typing import Any

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from assets.lake.settings import HOME, PREFIX, Settings

COLUMNS = ("variable", "default", "meaning")


def rows(settings: Settings) -> list[dict[str, str]]:
    """Each setting, with the value in force; of what may hold a secret only that it is set."""
    return [
        {"variable": _variable(name), "value": _shown(field, getattr(settings, name))}
        | {"default": default(name, field), "meaning": field.description or ""}
        for name, field in Settings.model_fields.items()
    ]


def as_markdown() -> str:
    """The table of settings/README: no value in force, so that it is the same everywhere."""
    lines = [f"| {' | '.join(COLUMNS)} |", "|" + "---|" * len(COLUMNS)]
    for name, field in Settings.model_fields.items():
        shown = default(name, field)
        cells = (f"`{_variable(name)}`", f"`{shown}`" if shown else "", field.description or "")
        lines.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    return "\n".join(lines) + "\n"


def default(name: str, field: FieldInfo) -> str:
    """The default as a line of `.env` would say it; empty where the setting is empty."""
    return HOME if name == "home" else _text(field.default)


def _variable(name: str) -> str:
    return f"{PREFIX}{name.upper()}"


def _shown(field: FieldInfo, value: Any) -> str:
    # repr is off where a value may hold a credential
    is_secret = isinstance(value, SecretStr) or not field.repr
    return "(set)" if is_secret and value is not None else _text(value)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
