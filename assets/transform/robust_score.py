"""The robust score as the dbt models write it, for a detector whose thresholds take part in it."""

from functools import cache
from typing import Any

from jinja2 import Environment

from assets.transform.dbt_project import PROJECT


def robust_scale(deviation: str) -> str:
    """SQL for the standard deviation that a median absolute deviation stands for."""
    return _macros().robust_scale(deviation)


def robust_score(value: str, center: str, scale: str) -> str:
    """SQL for how many scales a value lies above the center."""
    return _macros().robust_score(value, center, scale)


@cache
def _macros() -> Any:
    text = (PROJECT / "macros" / "robust_score.sql").read_text(encoding="utf-8")
    return Environment().from_string(text).module  # noqa: S701 (our own macros, to SQL)
