"""When money is reported, and what an account may trade: the shipped file, a home's over it.

What is not in the lake is not checked, and each row says so: `NOT_CHECKED`.
"""

import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assets.lake.connection import literal
from assets.lake.settings import SettingsError

FILE = "reporting.toml"
SHIPPED = Path(__file__).parent / FILE
NOT_CHECKED = (
    "NOT_CHECKED: sanctions",
    "NOT_CHECKED: names",
    # it is seen in transfers, which do not land yet
    "NOT_CHECKED: structuring",
)
"""Flags of what no row can say: the lake has no list of sanctions, no names and no transfers."""


class TierLimits(BaseModel):
    """What an account of a tier may trade, US dollars."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    usd_24h: float = Field(gt=0)
    usd_30d: float = Field(gt=0)


class Reporting(BaseModel):
    """The values of `reporting.toml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reported_usd: float = Field(gt=0)
    """US dollars from which one trade is flagged."""
    tiers: dict[str, TierLimits]

    @property
    def tier_rows(self) -> str:
        """SQL of the tiers: tier (lower case), usd_24h, usd_30d; no row where there is none."""
        rows = ", ".join(
            f"({literal(tier.lower())}, {limits.usd_24h!r}::double, {limits.usd_30d!r}::double)"
            for tier, limits in self.tiers.items()
        )
        named = "made (tier, usd_24h, usd_30d)"
        if not rows:
            return f"select * from (values (null::varchar, 0.0, 0.0)) as {named} where false"
        return f"select * from (values {rows}) as {named}"


def reporting_of(home: Path) -> Reporting:
    """The shipped values, those of a home's own file over them.

    SettingsError where that file is no TOML, or has a value that cannot be.
    """
    found = _read(SHIPPED)
    own = home / FILE
    if own.is_file():
        added = _read(own)
        tiers = added.get("tiers", {})
        if not isinstance(tiers, dict):
            raise SettingsError(f"{own}: tiers are tables, such as [tiers.basic], was {tiers!r}")
        found |= added | {"tiers": found["tiers"] | tiers}
    try:
        return Reporting.model_validate(found)
    except ValidationError as error:
        problems = (
            f"{own}: {'.'.join(str(part) for part in one['loc'])}: {one['msg']} "
            f"(was {one['input']!r})"
            for one in error.errors()
        )
        raise SettingsError("\n".join(problems)) from error


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file}: {error}") from error
