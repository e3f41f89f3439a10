"""The live page: how far the stream is, five figures, a timeline by minute, who traded last.

Pure: it is given what it shows.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from markupsafe import Markup

from reports.chart_scale import Scale, box, path, pixels, text, written
from reports.numbers import count, duration, number, plain, plural

STALE_AFTER = timedelta(seconds=10)
"""A stream that keeps up judges a trade within seconds: later than this it is behind."""
BARS, LANE, TITLE, FOOT, STRIP = 64, 24, 16, 18, 8
AXIS = 56
"""Pixels right of the plot, for the values."""
MARKS = 8
Tone = Literal["good", "poor", "unjudged"]


@dataclass(frozen=True)
class StreamState:
    """How far the stream is; times are UTC."""

    behind: timedelta
    is_by_trade_time: bool
    """Whether `behind` goes by the time of trades; else by when the broker took them."""
    newest_trade_at: datetime
    rate: float | None
    """Trades a second over the last half minute that was judged; None where it says nothing."""


@dataclass(frozen=True)
class Line:
    """The page's first line."""

    tone: Tone
    sentence: str
    further: Sequence[str]


@dataclass(frozen=True)
class Figures:
    """What the streaming dashboard that this replaces had on top, over the page's time."""

    alerts: int
    wash_trading: int
    pump_and_dump: int
    critical: int
    symbols: int

    @property
    def named(self) -> Sequence[tuple[str, int]]:
        """Each with its words."""
        return (
            ("alert" if self.alerts == 1 else "alerts", self.alerts),
            ("wash trading", self.wash_trading),
            ("pump and dump", self.pump_and_dump),
            ("critical", self.critical),
            ("symbol flagged" if self.symbols == 1 else "symbols flagged", self.symbols),
        )


@dataclass(frozen=True)
class Seen:
    """When one alert of a detector was."""

    start_at: datetime
    end_at: datetime
    symbol: str


@dataclass(frozen=True)
class Timeline:
    """Trades by cell of time, and of each detector its alerts."""

    first_at: datetime
    last_at: datetime
    cell: timedelta
    trades: Mapping[datetime, int]
    lanes: Mapping[str, Sequence[Seen]]
    """By detector with an alert in that time."""
    marks: Mapping[str, int]
    """Colour of each detector, 1 to 8."""
    silent: int = 0
    """Detectors without an alert in that time."""


@dataclass(frozen=True)
class Freshness:
    """The last trade of one market."""

    venue: str
    symbol: str
    traded_at: datetime
    behind: timedelta
    """How long before the newest trade of all."""
    is_exact: bool
    """Whether the time is a trade's own; else the end of its minute is known."""


def delay(span: timedelta) -> str:
    """How late something is: 1.1 s, 45 s, 3 min 20 s, 2 h 5 min, 3 days."""
    seconds = span.total_seconds()
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    if seconds < 3600:
        minutes, rest = divmod(round(seconds), 60)
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    return duration(seconds) if seconds < 2 * 86400 else plural(int(seconds // 86400), "day")


def line_of(state: StreamState) -> Line:
    """What the page says first of a stream that was judged."""
    newest = f"newest trade {when(state.newest_trade_at)} UTC"
    rate = [] if state.rate is None else [f"{number(state.rate, 2)} trades/s"]
    if not state.is_by_trade_time:
        newest = (
            f"newest trade {when(state.newest_trade_at, with_day=True)} UTC: these trades are no "
            "news, so the delay goes by when the broker took them"
        )
    if state.behind > STALE_AFTER:
        return Line("poor", f"The stream is {delay(state.behind)} behind", [newest])
    return Line("good", f"live, {delay(state.behind)} behind", [*rate, newest])


def when(instant: datetime, *, with_day: bool = False) -> str:
    """A time of day to the second, with its date where that is asked for."""
    clock = f"{instant:%H:%M:%S}"
    return f"{instant.day} {instant:%b %Y} {clock}" if with_day else clock


def timeline_chart(timeline: Timeline, width: int) -> Markup:
    """The timeline, `width` pixels wide; its text is not scaled, so draw it once a width."""
    scale = Scale(timeline.first_at, timeline.last_at, width - AXIS)
    below = TITLE + BARS
    height = below + LANE * len(timeline.lanes) + FOOT
    parts = [*_grid(scale, height), *_bars(timeline, scale), *_lanes(timeline, scale, below)]
    label = (
        f"Trades each {_cell(timeline.cell)} and alerts by detector, "
        f"{timeline.first_at:%H:%M} to {timeline.last_at:%H:%M} UTC"
    )
    return Markup(  # noqa: S704 (numbers, and names that are escaped)
        f'<svg class="minutes timeline" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" role="img" aria-label="{label}">{"".join(parts)}</svg>'
    )


def _grid(scale: Scale, height: float) -> Iterator[str]:
    for x, label in scale.labels():
        yield f'<path class="grid" d="M{pixels(x)} {TITLE}V{pixels(height - FOOT)}"/>'
        if label:
            yield text(label, x, height - 4, "time")


def _bars(timeline: Timeline, scale: Scale) -> Iterator[str]:
    yield text(f"Trades each {_cell(timeline.cell)}", 0, TITLE - 4)
    base, most = TITLE + BARS, max(timeline.trades.values(), default=0)
    yield text(count(most), scale.width + 6, TITLE + 8)
    yield f'<path class="zero" d="M0 {base}H{pixels(scale.width)}"/>'
    breadth = scale.breadth(timeline.cell)
    yield from path(
        "volume",
        [
            box(
                scale.x(at + timeline.cell / 2) - breadth / 2,
                base - BARS * trades / most,
                breadth,
                BARS * trades / most,
            )
            for at, trades in timeline.trades.items()
            if trades
        ],
    )


def _lanes(timeline: Timeline, scale: Scale, top: float) -> Iterator[str]:
    for place, (detector, alerts) in enumerate(timeline.lanes.items()):
        foot = top + LANE * (place + 1)
        yield text(plain(detector), 0, foot - STRIP - 4)
        yield text(count(len(alerts)), scale.width + 6, foot)
        yield f'<path class="grid" d="M0 {pixels(foot)}H{pixels(scale.width)}"/>'
        for one in alerts:
            left, right = scale.x(one.start_at), scale.x(one.end_at)
            breadth = max(right - left, 3.0)
            left = min(left, scale.width - breadth)
            yield (
                f'<rect class="mark-{timeline.marks[detector]}" x="{pixels(left)}" '
                f'y="{pixels(foot - STRIP)}" width="{pixels(breadth)}" height="{STRIP}">'
                f"<title>{written(one.symbol)} {one.start_at:%H:%M:%S} to "
                f"{one.end_at:%H:%M:%S}</title></rect>"
            )


def _cell(cell: timedelta) -> str:
    minutes = int(cell.total_seconds()) // 60
    return "minute" if minutes == 1 else f"{minutes} minutes"
