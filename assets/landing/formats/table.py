"""A table format, defined by its columns, for CSV and Parquet files alike."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from assets.landing.schema import TRADES

# the name `venue` belongs to the column that landing adds
VENUE_COLUMN = "file_venue"


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
    """The columns of the trade's time; the first that can be parsed is used."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Other names of the same column."""
    file_name: re.Pattern[str] | None = None
    """If only the file's name contains the symbol: its pattern, with a group `symbol`."""
    file_name_example: str = ""
    venue: Callable[[Sequence[str], str | None], str] = _any_venue
    """The venue that columns and symbol determine."""
    venue_column: str | None = None
    """The column that names each row's venue, where the file has it."""
    unifies: bool = False
    """Whether its columns have ccxt's names after the aliases."""
    dataset: str = TRADES
    """What a row is: a trade, or what is said of an account."""
    recognised_by: str | None = None
    """A column, as the file names it, that distinguishes the format from others of the same."""

    @property
    def landed_as(self) -> str:
        """The format whose landed fields it has."""
        return "ccxt" if self.unifies else self.name

    def missing(self, names: Sequence[str]) -> list[str]:
        """The required columns that are missing."""
        return [need for need in self.required if not set(need.split("|")) & set(names)]


def snake_case(name: str) -> str:
    """`takerOrMaker` and `Taker or maker` as taker_or_maker."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.strip())
    return re.sub(r"[^a-z0-9]+", "_", spaced.lower()).strip("_")
