"""What the chart of the minutes shows: bars, trades, detectors' times, accounts, gaps."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from reports.marks import Mark


@dataclass(frozen=True)
class Bar:
    """What one cell of time traded; money in quote currency."""

    start_at: datetime
    open: float
    high: float
    low: float
    close: float
    notional: float
    net: float
    """Value that buyers took less value that sellers took."""


@dataclass(frozen=True)
class Deal:
    """One trade; its notional is in quote currency."""

    traded_at: datetime
    price: float
    notional: float
    side: str | None
    """Who took: buyer, seller, or None where the source does not say."""


@dataclass(frozen=True)
class Traded:
    """What one account bought and sold in one cell, in quote currency."""

    start_at: datetime
    bought: float
    sold: float


@dataclass(frozen=True)
class Strip:
    """When an alert or an incident was, in the lane of its detector."""

    detector: str
    mark: Mark
    start_at: datetime
    end_at: datetime
    href: str = ""
    """Where a click leads; of our own making."""


@dataclass(frozen=True)
class Gap:
    """A time in which trades are known to be missing, and how many."""

    start_at: datetime
    end_at: datetime
    missing: int


@dataclass(frozen=True)
class Minutes:
    """All that the chart shows, from `first_at` to `last_at` in cells of `cell`."""

    first_at: datetime
    last_at: datetime
    cell: timedelta
    quote: str
    bars: Sequence[Bar]
    window: tuple[datetime, datetime] | None = None
    """The alert's or the incident's own time."""
    strips: Sequence[Strip] = ()
    accounts: Sequence[tuple[str, Sequence[Traded]]] = ()
    deals: Sequence[Deal] = ()
    has_every_deal: bool = False
    """Whether the trades are all of them, so that no candle is needed."""
    gaps: Sequence[Gap] = ()
    trade_count: int | None = None
    """Trades that are too many to be drawn one by one; None where that is no matter."""

    @property
    def every(self) -> str:
        """How long a cell is, in words."""
        seconds = int(self.cell.total_seconds())
        if seconds < 60:
            return f"{seconds} s"
        return "minute" if seconds == 60 else f"{seconds // 60} minutes"

    @property
    def lanes(self) -> dict[str, list[Strip]]:
        """The strips that overlap the chart's time, by detector in order of names."""
        lanes: dict[str, list[Strip]] = {}
        for strip in sorted(self.strips, key=lambda one: (one.detector, one.start_at)):
            if self.overlaps(strip.start_at, strip.end_at):
                lanes.setdefault(strip.detector, []).append(strip)
        return lanes

    def overlaps(self, start_at: datetime, end_at: datetime) -> bool:
        """Whether a time is at least partly shown."""
        return start_at < self.last_at and end_at > self.first_at
