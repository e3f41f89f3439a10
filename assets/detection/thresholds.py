"""Thresholds of detectors that are not their defaults: the shipped ones, a home's own over them.

What a threshold may be says its detector (`DetectorParams`); here files become values, and a value
that is refused becomes words.
"""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from assets.lake.settings import SettingsError

FILE = "thresholds.toml"
SHIPPED = Path(__file__).parents[1] / "detectors" / FILE

Thresholds = Mapping[str, Mapping[str, Any]]
"""Values by threshold, by detector."""


def thresholds_of(file: Path, names: Iterable[str]) -> Thresholds:
    """The thresholds of a file, of detectors of these names; none where there is no file.

    SettingsError where it is no TOML, or names something that is no detector.
    """
    if not file.is_file():
        return {}
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file}: {error}") from error
    known = set(names)
    unknown = sorted(
        name for name, values in found.items() if name not in known or not isinstance(values, dict)
    )
    if unknown:
        raise SettingsError(
            f"{file}: no detector is named {', '.join(unknown)}: a table is a detector's name in "
            f"brackets, and below it its thresholds; detectors are {', '.join(sorted(known))}"
        )
    return found


def refused(file: Path, detector: str, error: ValidationError) -> SettingsError:
    """The error of values that a detector refuses: file, detector, threshold, cause."""
    problems = (
        f"{detector}.{'.'.join(str(part) for part in one['loc'])}: {one['msg']} "
        f"(was {one['input']!r})"
        for one in error.errors()
    )
    return SettingsError("\n".join(f"{file}: {problem}" for problem in problems))
