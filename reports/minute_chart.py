"""The minutes of an incident as one SVG: price, detectors, accounts, volume, flow on one time axis.

Drawn on the server with classes alone, so that a page's style colours it in light, dark and print,
and nothing of it runs. Pure: it is given what it shows.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil, floor, log10, sqrt

from markupsafe import Markup, escape

from reports.numbers import amount, price
from reports.visible import visible

AXIS = 64
"""Pixels right of the plot, for the values."""
PRICE, LANE, VOLUME, FLOW, FOOT, TITLE, STRIP = 150, 14, 44, 48, 18, 16, 7
STEPS = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200)
)
LABEL = 70
"""Pixels between two labels of the time axis, at least."""


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
class Traded:
    """What one account bought and sold in one cell, in quote currency."""

    start_at: datetime
    bought: float
    sold: float


@dataclass(frozen=True)
class Strip:
    """When a detector's alert was; `mark` is its colour, 1 to 8."""

    detector: str
    mark: int
    start_at: datetime
    end_at: datetime


@dataclass(frozen=True)
class Minutes:
    """All that the chart shows, from `first_at` to `last_at` in cells of `cell`."""

    first_at: datetime
    last_at: datetime
    cell: timedelta
    quote: str
    window: tuple[datetime, datetime]
    """The incident's own time."""
    bars: Sequence[Bar]
    strips: Sequence[Strip] = ()
    accounts: Sequence[tuple[str, Sequence[Traded]]] = ()


@dataclass(frozen=True)
class _Scale:
    first_at: datetime
    last_at: datetime
    width: float

    def x(self, at: datetime) -> float:
        share = (at - self.first_at) / (self.last_at - self.first_at)
        return round(min(max(share, 0.0), 1.0) * self.width, 1)


def minute_chart(minutes: Minutes, width: int) -> Markup:
    """The chart, `width` pixels wide; its text is not scaled, so draw it once a width."""
    scale = _Scale(minutes.first_at, minutes.last_at, width - AXIS)
    lanes = LANE * len(minutes.accounts) + (TITLE if minutes.accounts else 0)
    below = TITLE + PRICE + lanes
    height = below + 2 * TITLE + VOLUME + FLOW + FOOT
    start, end = (scale.x(one) for one in minutes.window)
    parts = [
        f'<rect class="shade" x="{start}" y="{TITLE}" width="{max(end - start, 1):.1f}" '
        f'height="{height - TITLE - FOOT}"/>',
        *_time_axis(scale, height),
        *_price(minutes, scale, TITLE),
        *_lanes(minutes, scale, TITLE + PRICE),
        *_volume(minutes, scale, below),
        *_flow(minutes, scale, below + TITLE + VOLUME),
    ]
    times = f"{minutes.first_at:%H:%M:%S} to {minutes.last_at:%H:%M:%S} UTC"
    label = f"Price, accounts and volume from {times}, a bar each {_span(minutes.cell)}"
    return Markup(  # noqa: S704 (numbers, and names that are escaped)
        f'<svg class="minutes" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label="{label}">{"".join(parts)}</svg>'
    )


def _price(minutes: Minutes, scale: _Scale, top: float) -> Iterator[str]:
    yield _title(f"Price, {minutes.quote}", top)
    if not minutes.bars:
        yield f'<text x="0" y="{top + 20}">no trade in this time</text>'
        return
    low, high = min(bar.low for bar in minutes.bars), max(bar.high for bar in minutes.bars)
    margin = (high - low) * 0.06 or high * 0.001
    strips = STRIP * len(minutes.strips)

    def y(value: float) -> float:
        share = (high + margin - value) / (high - low + 2 * margin)
        return round(top + strips + 4 + share * (PRICE - strips - 8), 1)

    round_values = list(ticks(low, high))
    decimals = max(_decimals(tick) for tick in round_values)
    for tick in round_values:
        yield f'<path class="grid" d="M0 {y(tick)}H{scale.width}"/>'
        yield f'<text x="{scale.width + 6}" y="{y(tick) + 4}">{price(tick, decimals)}</text>'
    for place, strip in enumerate(minutes.strips):
        start, end = scale.x(strip.start_at), scale.x(strip.end_at)
        yield (
            f'<rect class="mark-{strip.mark}" x="{start}" y="{top + 2 + place * STRIP}" '
            f'width="{max(end - start, 3):.1f}" height="3"><title>{_name(strip.detector)}</title>'
            "</rect>"
        )
    breadth = _breadth(minutes, scale)
    for bar in minutes.bars:
        middle = scale.x(bar.start_at + minutes.cell / 2)
        body = y(max(bar.open, bar.close)), y(min(bar.open, bar.close))
        kind = "up" if bar.close >= bar.open else "down"
        yield (
            f'<path class="wick" d="M{middle} {y(bar.high)}V{y(bar.low)}"/>'
            f'<rect class="{kind}" x="{middle - breadth / 2:.1f}" y="{body[0]}" '
            f'width="{breadth:.1f}" height="{max(body[1] - body[0], 1):.1f}"/>'
        )


def _lanes(minutes: Minutes, scale: _Scale, top: float) -> Iterator[str]:
    """One lane an account: bought above its line, sold below; heights are roots of money."""
    if not minutes.accounts:
        return
    yield _title("Accounts: bought above the line, sold below", top + TITLE)
    every = [value for _, cells in minutes.accounts for c in cells for value in (c.bought, c.sold)]
    most = max(every, default=0.0) or 1.0
    breadth = _breadth(minutes, scale)
    for place, (account, cells) in enumerate(minutes.accounts):
        line = top + TITLE + place * LANE + LANE / 2
        yield f'<path class="grid" d="M0 {line}H{scale.width}"/>'
        yield f'<text x="{scale.width + 6}" y="{line + 4}">{_name(account)[:9]}</text>'
        for cell in cells:
            left = scale.x(cell.start_at + minutes.cell / 2) - breadth / 2
            for kind, value in (("buy", cell.bought), ("sell", cell.sold)):
                if value > 0:
                    height = max(LANE / 2 * sqrt(value / most), 1)
                    y = line - height if kind == "buy" else line
                    yield (
                        f'<rect class="{kind}" x="{left:.1f}" y="{y:.1f}" '
                        f'width="{breadth:.1f}" height="{height:.1f}"/>'
                    )


def _volume(minutes: Minutes, scale: _Scale, top: float) -> Iterator[str]:
    most = max((bar.notional for bar in minutes.bars), default=0.0)
    yield _title(f"Traded each {_span(minutes.cell)}, {minutes.quote}", top + TITLE)
    yield f'<text x="{scale.width + 6}" y="{top + TITLE + 10}">{amount(most)}</text>'
    breadth, base = _breadth(minutes, scale), top + TITLE + VOLUME
    for bar in minutes.bars:
        height = VOLUME * bar.notional / most if most else 0.0
        left = scale.x(bar.start_at + minutes.cell / 2) - breadth / 2
        yield (
            f'<rect class="volume" x="{left:.1f}" y="{base - height:.1f}" width="{breadth:.1f}" '
            f'height="{height:.1f}"/>'
        )


def _flow(minutes: Minutes, scale: _Scale, top: float) -> Iterator[str]:
    most = max((abs(bar.net) for bar in minutes.bars), default=0.0)
    line = top + TITLE + FLOW / 2
    yield _title(f"Buyers less sellers each {_span(minutes.cell)}, {minutes.quote}", top + TITLE)
    yield f'<text x="{scale.width + 6}" y="{top + TITLE + 10}">{amount(most)}</text>'
    yield f'<path class="zero" d="M0 {line}H{scale.width}"/>'
    breadth = _breadth(minutes, scale)
    for bar in minutes.bars:
        height = FLOW / 2 * abs(bar.net) / most if most else 0.0
        left = scale.x(bar.start_at + minutes.cell / 2) - breadth / 2
        kind, y = ("buy", line - height) if bar.net >= 0 else ("sell", line)
        yield (
            f'<rect class="{kind}" x="{left:.1f}" y="{y:.1f}" width="{breadth:.1f}" '
            f'height="{height:.1f}"/>'
        )


def _time_axis(scale: _Scale, height: float) -> Iterator[str]:
    span = scale.last_at - scale.first_at
    most = max(int(scale.width // LABEL), 1)
    step = next((one for one in STEPS if span / one <= most), STEPS[-1])
    midnight = scale.first_at.replace(hour=0, minute=0, second=0, microsecond=0)
    at = midnight + ceil((scale.first_at - midnight) / step) * step
    form = "%H:%M:%S" if step < timedelta(minutes=1) else "%H:%M"
    while at <= scale.last_at:
        x = scale.x(at)
        yield f'<path class="grid" d="M{x} {TITLE}V{height - FOOT}"/>'
        if 16 <= x <= scale.width - 16:
            yield f'<text class="time" x="{x}" y="{height - 4}">{at.strftime(form)}</text>'
        at += step


def ticks(low: float, high: float) -> Iterable[float]:
    """Three to six round values between two."""
    if high <= low:
        return [low]
    raw = (high - low) / 4
    unit = 10.0 ** floor(log10(raw))
    step = next(n * unit for n in (1, 2, 2.5, 5, 10) if n * unit >= raw * (1 - 1e-9))
    # as few digits as the step has, without the residue of a product
    return [float(f"{n * step:.12g}") for n in range(ceil(low / step), floor(high / step) + 1)] or [
        low
    ]


def _decimals(value: float) -> int:
    """Decimals that write a value out, at most 18."""
    return (
        len(f"{value:.18f}".rstrip("0").partition(".")[2])
        if value < 1e-6
        else len(f"{value:.12g}".partition(".")[2])
    )


def _breadth(minutes: Minutes, scale: _Scale) -> float:
    return max(scale.width * (minutes.cell / (scale.last_at - scale.first_at)) * 0.7, 1.0)


def _title(text: str, baseline: float) -> str:
    return f'<text x="0" y="{baseline - 4}">{_name(text)}</text>'


def _name(text: str) -> str:
    return str(escape(visible(text)))


def _span(cell: timedelta) -> str:
    seconds = int(cell.total_seconds())
    if seconds < 60:
        return f"{seconds} s"
    return "minute" if seconds == 60 else f"{seconds // 60} minutes"
