"""Where instants and values lie in a chart, which of them are named, and how shapes are written."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil, floor, log10

from markupsafe import escape

from reports.visible import visible

STEPS = tuple(
    timedelta(seconds=seconds)
    for seconds in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600)
)
LABEL = 70
"""Pixels between two labels of the time axis, at least."""


@dataclass(frozen=True)
class Scale:
    """Pixels of a plot by time."""

    first_at: datetime
    last_at: datetime
    width: float

    def x(self, at: datetime) -> float:
        """From the left edge; what lies outside is at the edge."""
        share = (at - self.first_at) / (self.last_at - self.first_at)
        return round(min(max(share, 0.0), 1.0) * self.width, 1)

    def breadth(self, cell: timedelta) -> float:
        """Of the bar of a cell."""
        return max(self.width * (cell / (self.last_at - self.first_at)) * 0.7, 1.0)

    def labels(self) -> Iterator[tuple[float, str]]:
        """Places of the time axis, each with its label, which is empty near an edge."""
        span = self.last_at - self.first_at
        most = max(int(self.width // LABEL), 1)
        step = next((one for one in STEPS if span / one <= most), STEPS[-1])
        midnight = self.first_at.replace(hour=0, minute=0, second=0, microsecond=0)
        at = midnight + ceil((self.first_at - midnight) / step) * step
        form = "%H:%M:%S" if step < timedelta(minutes=1) else "%H:%M"
        while at <= self.last_at:
            x = self.x(at)
            yield x, at.strftime(form) if 16 <= x <= self.width - 16 else ""
            at += step


def ticks(low: float, high: float) -> Sequence[float]:
    """Two to six round values between two."""
    if high <= low:
        return [low]
    raw = (high - low) / 5
    unit = 10.0 ** floor(log10(raw))
    step = next(n * unit for n in (1, 2, 2.5, 5, 10) if n * unit >= raw * (1 - 1e-9))
    # as few digits as the step has, without the residue of a product
    return [float(f"{n * step:.12g}") for n in range(ceil(low / step), floor(high / step) + 1)] or [
        low
    ]


def decimals(value: float) -> int:
    """Decimals that write a value out, at most 18."""
    return (
        len(f"{value:.18f}".rstrip("0").partition(".")[2])
        if value < 1e-6
        else len(f"{value:.12g}".partition(".")[2])
    )


def epoch(at: datetime) -> int:
    """Milliseconds since 1970 of a naive time in UTC."""
    return int(at.replace(tzinfo=UTC).timestamp() * 1000)


def pixels(value: float) -> str:
    """A length with a tenth of a pixel where it has one."""
    return f"{value:.1f}".removesuffix(".0")


def box(left: float, top: float, width: float, height: float) -> str:
    """A rectangle as a part of a path, so that all of one kind are one element."""
    across = pixels(width)
    return f"M{pixels(left)} {pixels(top)}h{across}v{pixels(height)}h-{across}z"


def path(kind: str, parts: Sequence[str]) -> Iterator[str]:
    """One element of a class from parts of a path; none where there is nothing to draw."""
    if parts:
        yield f'<path class="{kind}" d="{"".join(parts)}"/>'


def written(words: str) -> str:
    """Text of the data as text of the document."""
    return str(escape(visible(words)))


def text(words: str, x: float, y: float, kind: str = "") -> str:
    """Words of the chart, their baseline at `y`."""
    named = f' class="{kind}"' if kind else ""
    return f'<text{named} x="{pixels(x)}" y="{pixels(y)}">{written(words)}</text>'
