"""Sort a file's rows by the UTC day of their trade; rows without a day go to `unknown`."""

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from assets.landing.files.batch import Batch
from assets.landing.files.report import ProblemLog
from assets.landing.files.times import (
    CUT,
    EARLIEST,
    MICROSECONDS_PER_DAY,
    NO_TIME,
    day_of,
    from_microseconds,
    latest_allowed,
    read_times,
    to_microseconds,
)
from assets.landing.writer import ObjectWriter

# what is wrong with a time, and the cure; without today's date, so that landing the same file on
# another day writes the same bytes
CUT_OFF = ("was cut by a spreadsheet", "export it again with the column as text")
UNREADABLE = ("cannot be read as a time", "write it as ISO 8601 or as a count since 1970-01-01")
TOO_EARLY = (
    f"lies before {EARLIEST:%Y-%m-%d}",
    "check the unit: seconds, milliseconds or microseconds since 1970-01-01",
)
TOO_LATE = ("lies after tomorrow", "check the clock of its source, and the unit of the time")
LANDED_BESIDE = "mend it and land the file again; the other lines have landed"


@dataclass
class DaySorter:
    """Passes each batch of a file to the writer, day by day, and counts the rows."""

    writer: ObjectWriter
    problems: ProblemLog
    time_columns: tuple[str, ...]
    now: datetime
    rows: int = 0
    rejected: int = 0
    last_line: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    dates: set[date] = field(default_factory=set)
    _first: int | None = None
    _last: int | None = None

    def __post_init__(self) -> None:
        self._earliest = to_microseconds(EARLIEST)
        self._latest = to_microseconds(latest_allowed(self.now))

    @property
    def first_traded_at(self) -> datetime | None:
        return None if self._first is None else from_microseconds(self._first)

    @property
    def last_traded_at(self) -> datetime | None:
        return None if self._last is None else from_microseconds(self._last)

    def add(self, batch: Batch) -> None:
        """Take the rows of a batch."""
        count = batch.fields.num_rows + len(batch.bad)
        self.skipped.update(batch.skipped)
        self.rows += count
        if not count:
            return
        self.last_line = max([*batch.lines[-1:].tolist(), *(bad.line for bad in batch.bad)])
        row_size = -(-batch.size // count)
        rows = batch.fields.append_column("source_line", pa.array(batch.lines))
        micros = self._times(batch.fields)
        is_good = (micros >= self._earliest) & (micros < self._latest)
        if batch.bad or not is_good.all():
            rejected = self._rejected(batch, rows, micros, is_good)
            self.rejected += rejected.num_rows
            self.writer.add(None, rejected, row_size * rejected.num_rows)
            rows, micros = rows.filter(pa.array(is_good)), micros[is_good]
        if rows.num_rows:
            rows = rows.append_column("time_us", pa.array(micros))
            self._first = min(self._first or int(micros.min()), int(micros.min()))
            self._last = max(self._last or 0, int(micros.max()))
            self._add_days(rows, micros // MICROSECONDS_PER_DAY, row_size)

    def _times(self, fields: pa.Table) -> NDArray[np.int64]:
        first, *others = [name for name in self.time_columns if name in fields.column_names]
        micros = read_times(fields[first])
        for name in others:
            if (is_missing := micros == NO_TIME).any():
                micros = np.where(is_missing, read_times(fields[name]), micros)
        return micros

    def _add_days(self, rows: pa.Table, days: NDArray[np.int64], row_size: int) -> None:
        if (days[1:] < days[:-1]).any():
            order = np.argsort(days, kind="stable")
            rows, days = rows.take(pa.array(order)), days[order]
        starts = [0, *(np.flatnonzero(np.diff(days)) + 1), len(days)]
        for start, end in pairwise(starts):
            day = day_of(int(days[start]))
            self.dates.add(day)
            self.writer.add(day, rows.slice(start, end - start), row_size * int(end - start))

    def _rejected(
        self, batch: Batch, rows: pa.Table, micros: NDArray[np.int64], is_good: NDArray[np.bool_]
    ) -> pa.Table:
        """The rows without a day and the lines that are not rows, in file order."""
        places = np.flatnonzero(~is_good)
        without_day = rows.take(pa.array(places, pa.int64()))
        errors = [
            self._time_error(row, int(micros[place]))
            for place, row in zip(places, without_day.to_pylist(), strict=True)
        ]
        lines = [int(batch.lines[place]) for place in places]
        raws = [batch.raw(line) for line in lines]
        for bad in batch.bad:
            self.problems.add(bad.line, bad.error, LANDED_BESIDE, _kind_of(bad.error))
        without_day = without_day.append_column("error", pa.array(errors, pa.string()))
        without_day = without_day.append_column("raw", pa.array(raws, pa.string()))
        no_rows = pa.table(
            {
                "source_line": pa.array([bad.line for bad in batch.bad], pa.int64()),
                "error": pa.array([bad.error for bad in batch.bad], pa.string()),
                "raw": pa.array([bad.raw for bad in batch.bad], pa.string()),
            }
        )
        together = pa.concat_tables([without_day, no_rows], promote_options="default")
        return together.sort_by("source_line")

    def _time_error(self, row: dict[str, Any], micros: int) -> str:
        texts = [f"{name} {row[name]!r}" for name in self.time_columns if row.get(name) is not None]
        if any(re.match(CUT, str(row.get(name) or "")) for name in self.time_columns):
            kind, cure = CUT_OFF
        elif micros == NO_TIME:
            kind, cure = UNREADABLE
        elif micros < self._earliest:
            kind, cure = TOO_EARLY
        else:
            kind, cure = TOO_LATE
        error = f"{texts[0] if texts else f'empty {self.time_columns[0]}'} {kind}"
        self.problems.add(row["source_line"], error, cure, f"the time {kind}")
        return error


def _kind_of(error: str) -> str:
    """The error without what differs from line to line."""
    return error.split(" (")[0]
