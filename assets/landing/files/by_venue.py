"""Sort a file's rows by the venue that each names; a file that names none has one venue."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from assets.landing.arrow import pc
from assets.landing.files.batch import Batch, without_rows
from assets.landing.files.days import DaySorter
from assets.landing.formats.venue_names import venue_of

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
        row_count = batch.fields.num_rows
        named = pc.fill_null(batch.fields[self.column].combine_chunks(), "")
        venues = {
            word: venue_of(word, vendor=self.is_vendors) for word in pc.unique(named).to_pylist()
        }
        if None in venues.values():
            words = enumerate(named.to_pylist())
            unnamed = {place: NO_VENUE for place, word in words if venues[word] is None}
            batch = without_rows(batch, unnamed)
            named = pc.fill_null(batch.fields[self.column].combine_chunks(), "")
        fields = batch.fields.drop_columns([self.column])
        if batch.bad or batch.skipped:
            yield self.venue, replace(batch, fields=fields.slice(0, 0), lines=batch.lines[:0])
        for word, venue in venues.items():
            if venue is not None:
                is_its = pc.equal(named, word)
                lines = batch.lines[is_its.to_numpy(zero_copy_only=False)]
                size = batch.size * len(lines) // row_count
                own = fields.filter(is_its)
                part = Batch(own, lines, batch.raw, size)
                yield venue, part

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
