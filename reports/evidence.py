"""The measured values of an alert's evidence, as names and texts that people read."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from reports.evidence_words import NOT_LISTED, is_share, words_of
from reports.numbers import NONE, clock, measured, percent, plain, typeset


def evidence_list(evidence: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The values as pairs of name and text, nested ones by their path."""
    return _flattened(evidence, "")


def _flattened(evidence: Mapping[str, Any], path: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, value in evidence.items():
        if name in NOT_LISTED:
            continue
        words = f"{path} {words_of(name)}".strip()
        if isinstance(value, dict):
            found += _flattened(value, words)
        elif value is not None:
            found.append((words, _text(name, value)))
    return found


def _text(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return typeset(percent(value) if is_share(name) else measured(name, value))
    if isinstance(value, list):
        return ", ".join(_text(name, item) for item in value) or typeset(NONE)
    if isinstance(value, dict):
        return ", ".join(f"{plain(key)} {_text(key, item)}" for key, item in value.items())
    if isinstance(value, str) and name.endswith("_at"):
        return _instant(value)
    return str(value)


def _instant(text: str) -> str:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return text
    return f"{instant:%Y-%m-%d} {clock(instant)}"
