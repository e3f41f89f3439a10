"""Parse times from text: ISO 8601 with or without a zone, or a count since the epoch."""

import re
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from assets.landing.arrow import pc
from assets.landing.files.written_times import NO_TIME, read_written

MICROSECONDS_PER_DAY = 86_400_000_000
EPOCH = datetime(1970, 1, 1)
EARLIEST = datetime(2010, 1, 1)
"""No crypto market is older: an earlier time has a wrong unit or comes from a wrong clock."""

# a count's magnitude determines its unit: seconds reach 1e11 in the year 5138, milliseconds in
# 1973, and so on by thousands
SECONDS_END, MILLISECONDS_END, MICROSECONDS_END = 10**11, 10**14, 10**17

ZONE = re.compile(r"\d(Z|[+-]\d\d(:?\d\d)?)$")
COUNT = r"^[+-]?\d+(\.\d*)?([eE][+-]?\d+)?$"
CUT = r"^\d(\.\d{1,6})?[eE]\+?\d+$"
"""A count that a spreadsheet has rounded for its display: 1.72316E+12."""


def read_times(text: pa.ChunkedArray) -> NDArray[np.int64]:
    """Microseconds since the epoch, UTC; NO_TIME where the text is not a time.

    A time without a zone is UTC, and a row's zone is its own. A count is in seconds, milliseconds,
    microseconds or nanoseconds by its magnitude.
    """
    # an attempt that fails costs as much as ten that succeed, so the first text decides which to
    # try
    first = text.slice(0, 1_000).drop_null().slice(0, 1).to_pylist()
    kind = _kind_of(first[0]) if first else pa.int64()
    try:
        values = pc.cast(text, kind)
    except pa.ArrowInvalid:
        return _of_anything(text)
    if pa.types.is_integer(kind):
        is_valid = values.is_valid().to_numpy()
        return np.where(is_valid, microseconds(values.fill_null(0).to_numpy()), NO_TIME)
    return pc.cast(values, pa.int64()).fill_null(NO_TIME).to_numpy()


def _kind_of(text: str) -> pa.DataType:
    if text.isdecimal():
        return pa.int64()
    return pa.timestamp("us", tz="UTC" if ZONE.search(text) else None)


def microseconds(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Counts since the epoch, in the unit that their magnitude determines, as microseconds."""
    size = np.abs(counts)
    if size.size and size.min() >= SECONDS_END and size.max() < MILLISECONDS_END:
        return counts * 1_000  # the fast path, without computing all four candidates
    return np.select(
        [size < SECONDS_END, size < MILLISECONDS_END, size < MICROSECONDS_END],
        [counts * 1_000_000, counts * 1_000, counts],
        counts // 1_000,
    )


def _of_anything(text: pa.ChunkedArray) -> NDArray[np.int64]:
    """The slow path for a block whose times are not all of one kind."""
    trimmed = pc.call_function("utf8_trim_whitespace", [text.combine_chunks()])
    counted = _of_counts(trimmed)
    return np.where(counted == NO_TIME, read_written(trimmed), counted)


def _of_counts(text: pa.StringArray) -> NDArray[np.int64]:
    """Counts with a fraction or an exponent too; NO_TIME where the text is none, or was cut."""
    is_count = pc.and_kleene(
        pc.match_substring_regex(text, COUNT), pc.invert(pc.match_substring_regex(text, CUT))
    )
    numbers = pc.cast(pc.if_else(is_count, text, None), pa.float64())
    counts = numbers.fill_null(np.nan).to_numpy(zero_copy_only=False)
    size = np.abs(counts)
    scale = np.select(
        [size < SECONDS_END, size < MILLISECONDS_END, size < MICROSECONDS_END],
        [1e6, 1e3, 1.0],
        1e-3,
    )
    is_time = size < 9e18
    return np.where(is_time, np.rint(np.where(is_time, counts, 0) * scale), NO_TIME).astype(
        np.int64
    )


def latest_allowed(now: datetime) -> datetime:
    """The first instant, naive and UTC, that is too far in the future: the end of tomorrow."""
    today = (now.astimezone(UTC) if now.tzinfo else now).date()
    return datetime.combine(today, datetime.min.time()) + timedelta(days=2)


def to_microseconds(instant: datetime) -> int:
    """Since the epoch; exact."""
    return (instant - EPOCH) // timedelta(microseconds=1)


def from_microseconds(micros: int) -> datetime:
    """Naive and UTC."""
    return EPOCH + timedelta(microseconds=micros)


def day_of(days: int) -> date:
    """The date that many days after the epoch."""
    return EPOCH.date() + timedelta(days=days)
