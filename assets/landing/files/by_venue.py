"""Sort a file's rows by the venue that each names; a file that names none has one venue."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from pyarrow import compute

from assets.landing.files.batch import BadLine, Batch
from assets.landing.files.days import DaySorter
from assets.landing.formats.venue_names import venue_of

# its functions are made when it is imported: type checkers do not see them
pc: Any = compute

NO_VENUE = "the row names no venue in a-z, 0-9 and _"


@dataclass
class VenueSorter:
    """Passes each batch of a file to the sorter of its venue, and adds up what they counted."""

    venue: str
    """Of the rows that need not name one, and of lines that are no rows."""
    column: str | None
    """The column with each row's venue; None where all rows are of `venue`."""
    is_vendors: bool
    """Whether the column has a data vendor's names."""
    sorter_of: Callable[[str], DaySorter]
    sorters: dict[str, DaySorter] = field(default_factory=dict)

    def add(self, batch: Batch) -> None:
        """Take the rows of a batch."""
        for venue, part in self._parts(batch):
            if venue not in self.sorters:
                self.sorters[venue] = self.sorter_of(venue)
            self.sorters[venue].add(part)

    def _parts(self, batch: Batch) -> Iterator[tuple[str, Batch]]:
        if self.column is None:
            yield self.venue, batch
            return
        words = pc.fill_null(batch.fields[self.column].combine_chunks(), "")
        fields = batch.fields.drop_columns([self.column])
        bad = list(batch.bad)
        named: list[tuple[str, Batch]] = []
        for word in pc.unique(words).to_pylist():
            is_its = pc.equal(words, word)
            lines = batch.lines[is_its.to_numpy(zero_copy_only=False)]
            venue = venue_of(word, vendor=self.is_vendors)
            if venue is None:
                bad += [BadLine(int(line), NO_VENUE, batch.raw(int(line))) for line in lines]
                continue
            size = batch.size * len(lines) // max(len(words), 1)
            part = replace(
                batch,
                fields=fields.filter(is_its),
                lines=lines,
                size=size,
                bad=(),
                skipped=Counter(),
            )
            named.append((venue, part))
        if bad or batch.skipped:
            none = fields.slice(0, 0)
            rest = replace(batch, fields=none, lines=batch.lines[:0], bad=tuple(bad))
            yield self.venue, rest
        yield from named

    @property
    def venues(self) -> str:
        """The venues of the rows, as one text."""
        return ", ".join(sorted(self.sorters)) or self.venue

    @property
    def rows(self) -> int:
        return sum(one.rows for one in self.sorters.values())

    @property
    def rejected(self) -> int:
        return sum(one.rejected for one in self.sorters.values())

    @property
    def last_line(self) -> int:
        return max((one.last_line for one in self.sorters.values()), default=0)

    @property
    def skipped(self) -> Counter[str]:
        return sum((one.skipped for one in self.sorters.values()), Counter())

    @property
    def dates(self) -> set[date]:
        return {day for one in self.sorters.values() for day in one.dates}

    @property
    def first_traded_at(self) -> datetime | None:
        return min(
            filter(None, (one.first_traded_at for one in self.sorters.values())), default=None
        )

    @property
    def last_traded_at(self) -> datetime | None:
        return max(
            filter(None, (one.last_traded_at for one in self.sorters.values())), default=None
        )
