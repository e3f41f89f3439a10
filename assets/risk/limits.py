"""The limits that a home sets on measures of risk: its `limits.toml`, read and checked.

What a limit can be set on is in `limit_measures`; which days exceed one is found in `risk_events`.
"""

import hashlib
import tomllib
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from assets.lake.settings import SettingsError
from assets.risk.limit_measures import MEASURES, Measure

FILE = "limits.toml"
EXAMPLE = """[[limit]]
measure = "value_at_risk_99_1d"
symbol = "BTC-*"
value = 0.08
direction = "above\""""


class Limit(BaseModel):
    """A value that a measure of some symbols must not pass; a wrong one fails when it is read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    measure: str = Field(description="What is limited: one of the measures.")
    value: float = Field(allow_inf_nan=False, description="The limit, in the measure's unit.")
    direction: Literal["above", "below"] = Field(description="On which side of it is a breach.")
    symbol: str = Field("*", min_length=1, description="A symbol, or a pattern such as BTC-*.")
    venue: str | None = Field(None, min_length=1, description="Only this venue; empty is every.")

    @field_validator("measure")
    @classmethod
    def _is_a_measure(cls, name: str) -> str:
        if name not in MEASURES:
            raise ValueError(f"no measure has this name: they are {', '.join(MEASURES)}")
        return name

    @property
    def of(self) -> Measure:
        """The measure that is limited."""
        return MEASURES[self.measure]

    @property
    def phrase(self) -> str:
        """The limit in words, without its value."""
        venue = f" at {self.venue}" if self.venue else ""
        return f"{self.measure} of {self.symbol}{venue}"

    def applies_to(self, venue: str, symbol: str) -> bool:
        """Whether a symbol is limited by it; case counts, as in the lake."""
        return self.venue in (None, venue) and fnmatchcase(symbol, self.symbol)

    def is_breached_by(self, value: float) -> bool:
        """Whether a value lies beyond the limit; the limit itself is allowed."""
        return value > self.value if self.direction == "above" else value < self.value


def limits_of(home: Path) -> list[Limit]:
    """The limits of the home's file; none without one. SettingsError says what is wrong."""
    file = home / FILE
    if not file.is_file():
        return []
    try:
        read = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file}: {error}; it looks like this:\n{EXAMPLE}") from error
    entries = read.get("limit")
    if set(read) != {"limit"} or not isinstance(entries, list):
        wrong = ", ".join(sorted({*read} - {"limit"})) or "nothing below [[limit]]"
        raise SettingsError(
            f"{file}: {wrong}: a limit is a table [[limit]], and nothing else is in the file; it "
            f"looks like this:\n{EXAMPLE}"
        )
    faults: list[str] = []
    limits = [_limit(number, entry, faults) for number, entry in enumerate(entries, 1)]
    if faults:
        raise SettingsError("\n".join(f"{file}: {fault}" for fault in faults))
    return [limit for limit in limits if limit is not None]


def digest_of(limits: Sequence[Limit]) -> str:
    """Twelve hex digits that change with any limit, whatever their order."""
    lines = sorted(limit.model_dump_json() for limit in limits)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]


def _limit(number: int, entry: Any, faults: list[str]) -> Limit | None:
    """The limit of an entry, or None with what is wrong added to the faults."""
    try:
        return Limit.model_validate(entry)
    except ValidationError as error:
        faults += [
            f"limit {number}: {'.'.join(map(str, one['loc'])) or 'entry'}: {one['msg']} "
            f"(was {one['input']!r})"
            for one in error.errors()
        ]
        return None
