"""A format of tables, by its columns; what CSV and Parquet files have in common."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field


def _any_venue(names: Sequence[str], venue_symbol: str | None) -> str:
    return "file"


@dataclass(frozen=True)
class TableFormat:
    """One row a trade, one column a field."""

    name: str
    title: str
    required: tuple[str, ...]
    """Columns without which a row means nothing; `a|b` is satisfied by either."""
    time_columns: tuple[str, ...]
    """Where the time of the trade stands: the first that can be read serves."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Other names that the same column goes by."""
    file_name: re.Pattern[str] | None = None
    """Where the symbol is in the file's name only: the pattern, with a group `symbol`."""
    file_name_example: str = ""
    venue: Callable[[Sequence[str], str | None], str] = _any_venue
    """The venue that columns and symbol tell."""
    venue_column: str | None = None
    """Where each row names its venue; a file holds rows of one."""

    def missing(self, names: Sequence[str]) -> list[str]:
        """The required columns that are not there."""
        return [need for need in self.required if not set(need.split("|")) & set(names)]


def snake_case(name: str) -> str:
    """`takerOrMaker` and `Taker or maker` as taker_or_maker."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.strip())
    return re.sub(r"[^a-z0-9]+", "_", spaced.lower()).strip("_")
