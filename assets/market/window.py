"""The half-open stretch of time, in UTC, that one run answers for."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Self

ONE_HOUR = timedelta(hours=1)
ONE_DAY = timedelta(days=1)
EPOCH = datetime(1970, 1, 1)


def floor(instant: datetime, grid: timedelta) -> datetime:
    """The start of the grid's cell that holds the instant; cells are counted from 1970."""
    return instant - (instant - EPOCH) % grid


@dataclass(frozen=True, order=True)
class Window:
    """`start_at <= t < end_at`; both naive and in UTC, as in the lake."""

    start_at: datetime
    end_at: datetime

    def __post_init__(self) -> None:
        if self.start_at.tzinfo or self.end_at.tzinfo:
            raise ValueError(
                f"a window holds naive UTC times, was {self.start_at} to {self.end_at}"
            )
        if self.start_at >= self.end_at:
            raise ValueError(
                f"a window must start before it ends, was {self.start_at} to {self.end_at}"
            )

    @classmethod
    def of_day(cls, day: date) -> Self:
        """The UTC day, midnight to midnight."""
        start_at = datetime.combine(day, time.min)
        return cls(start_at, start_at + ONE_DAY)

    @classmethod
    def of_days(cls, first: date, last: date) -> Self:
        """From the first day's midnight to the end of the last day."""
        return cls(cls.of_day(first).start_at, cls.of_day(last).end_at)

    @property
    def days(self) -> list[date]:
        """Every UTC day that the window touches."""
        last = (self.end_at - timedelta(microseconds=1)).date()
        count = (last - self.start_at.date()).days + 1
        return [self.start_at.date() + timedelta(days=n) for n in range(count)]

    def holds(self, other: Self) -> bool:
        """Whether all of the other window lies in this one."""
        return self.start_at <= other.start_at and other.end_at <= self.end_at

    def closes_a_cell(self, grid: timedelta) -> bool:
        """Whether a cell of the grid ends inside the window."""
        return floor(self.end_at, grid) > floor(self.start_at, grid)

    def __str__(self) -> str:
        return f"{self.start_at.isoformat(' ')} to {self.end_at.isoformat(' ')}"


def contiguous(days: Iterable[date]) -> list[Window]:
    """The fewest windows of whole days that cover these days and no others."""
    return joined(map(Window.of_day, days))


def joined(windows: Iterable[Window]) -> list[Window]:
    """The stretches that windows cover, in order: those that touch or overlap become one."""
    stretches: list[Window] = []
    for window in sorted(windows, key=lambda window: window.start_at):
        if stretches and window.start_at <= stretches[-1].end_at:
            before = stretches.pop()
            window = Window(before.start_at, max(before.end_at, window.end_at))
        stretches.append(window)
    return stretches


def duration(text: str) -> timedelta:
    """Read `5 seconds`, `30 minutes`, `1 hour` or `30 days`."""
    matched = re.fullmatch(r"(\d+) (second|minute|hour|day)s?", text)
    if matched is None:
        raise ValueError(f"not a duration: {text!r}; write for example '5 seconds' or '30 days'")
    return timedelta(**{f"{matched[2]}s": int(matched[1])})
