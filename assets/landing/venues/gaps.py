"""Trades that a venue did not serve: found by missing ids, recorded as a landed row."""

import hashlib
import json
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pyarrow as pa

from assets.lake.objects.object_store import ObjectStore
from assets.landing.venues.venue import Trade, Venue
from assets.landing.writer import ObjectWriter, put_columns

Mark = tuple[int, int]
"""A trade's id and time."""


@dataclass(frozen=True)
class Gap:
    """Missing trades between two times (ms), with their ids where ids are consecutive."""

    after_ms: int
    before_ms: int
    first_id: int | None = None
    last_id: int | None = None

    def __str__(self) -> str:
        if self.first_id is None or self.last_id is None:
            return f"no trade between {_time(self.after_ms)} and {_time(self.before_ms)}"
        count = self.last_id - self.first_id + 1
        return f"none of the {count:,} trades with ids {self.first_id} to {self.last_id}"


def gaps_in(
    page: list[Trade], edge: Mark | None, window: tuple[int, int]
) -> tuple[list[Gap], list[Mark]]:
    """The ids missing in a page and between it and the neighbouring page; the page's two ends.

    Gaps that lie wholly outside the window are ignored.
    """
    marks = {int(trade["id"]): trade["timestamp"] for trade in page}
    known: list[Mark] = sorted(set(marks.items()) | ({edge} if edge else set[Mark]()))
    start, end = window
    gaps = [
        Gap(min(before, after), max(before, after), left + 1, right - 1)
        for (left, before), (right, after) in pairwise(known)
        if right - left > 1 and max(before, after) >= start and min(before, after) < end
    ]
    return gaps, [known[0], known[-1]]


def land_gaps(
    venue: Venue, symbol: str, gaps: Iterable[Gap], window: tuple[int, int], store: ObjectStore
) -> list[str]:
    """Land one row per gap on the day it began, with an error that says what is missing.

    The platform treats it like every unreadable row: it is counted, quarantined with its reason,
    and lowers the quality of its day's data.
    """
    keys: list[str] = []
    for gap in gaps:
        # a gap that reaches back before the window is recorded at the window's beginning
        at = max(gap.after_ms, window[0])
        named = f"{gap.first_id}-{gap.last_id}" if gap.first_id is not None else None
        reason = f"{venue.name} served {gap}: fetch the window again, or its archive"
        blank = venue.row(_nothing(symbol, at, named))
        text = json.dumps([venue.name, symbol, blank, reason], sort_keys=True)
        digest = hashlib.sha256(text.encode()).hexdigest()[:16]
        constants = {
            "format": venue.format,
            "venue": venue.name,
            "source_file": f"{venue.name}_{symbol}_gap",
            "source_digest": digest,
        }
        row = {name: pa.array([value], pa.string()) for name, value in blank.items()}
        row |= {"source_line": pa.array([1], pa.int64()), "error": pa.array([reason])}
        with tempfile.TemporaryDirectory(prefix="fetch-") as folder:
            put_columns(store, Path(folder))
            with ObjectWriter(store, Path(folder), constants, digest) as writer:
                writer.add(datetime.fromtimestamp(at / 1000, UTC).date(), pa.table(row), len(text))
        keys += writer.objects
    return keys


def _nothing(symbol: str, at: int, named: str | None) -> Trade:
    """A row for a missing trade, of which only the place is known."""
    unknown = dict.fromkeys(("id", "datetime", "side", "price", "amount"))
    info = {"a": named, "T": at}
    return {**unknown, "id": named, "timestamp": at, "symbol": symbol, "info": info}


def _time(milliseconds: int) -> str:
    time = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return time.strftime("%Y-%m-%d %H:%M:%S.") + f"{milliseconds % 1000:03d}"
