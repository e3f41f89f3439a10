"""Fill a detector's plain words with the numbers that were measured."""

import string
from collections.abc import Mapping
from typing import Any

from assets.detection.detector import Detector
from reports.numbers import significant

UNKNOWN = "an unknown number"
DIGITS = " digits"


class _Words(string.Formatter):
    """Formats what is there; what the evidence does not hold is said to be unknown."""

    def get_value(self, key: int | str, args: Any, kwargs: Mapping[str, Any]) -> Any:
        return kwargs.get(str(key))

    def format_field(self, value: Any, format_spec: str) -> str:
        if value is None:
            return UNKNOWN
        if format_spec.endswith(DIGITS):
            return significant(value, int(format_spec.removesuffix(DIGITS)))
        return super().format_field(value, format_spec)


def fill(template: str, measured: Mapping[str, Any]) -> str:
    """Fill `{name:spec}` of a template from the measured numbers.

    A spec is Python's own, or as `6 digits`, which asks for so many significant digits.
    """
    return _Words().vformat(template, (), measured)


def names_in(template: str) -> set[str]:
    """Give the names that a template asks for."""
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def describe(
    detector: Detector, measured: Mapping[str, Any], confirmation: Mapping[str, Any] | None
) -> str:
    """Say what happened, and whether what came later confirmed it."""
    sentences = [fill(detector.way_of(measured).description, measured)]
    if confirmation is not None:
        sentences.append(fill(detector.confirmed, confirmation))
    else:
        sentences.append(detector.unconfirmed)
    return " ".join(sentence for sentence in sentences if sentence)
