"""What an account bought and sold day by day as one SVG strip, days with incidents marked."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt

from markupsafe import Markup

from reports.chart_scale import box, path, pixels, text

HALF, TITLE, FOOT, AXIS = 40, 16, 18, 64


@dataclass(frozen=True)
class DayTraded:
    """What was bought and sold on a day, US dollars."""

    day: date
    bought: float
    sold: float


def day_strip(
    days: Sequence[DayTraded], last: date, count: int, incident_days: Collection[date], width: int
) -> Markup:
    """Bars of `count` days up to `last`: bought above the line, sold below, by root of money."""
    first = last - timedelta(days=count - 1)
    step = (width - AXIS) / count
    line = TITLE + HALF
    height = line + HALF + FOOT
    most = max((value for one in days for value in (one.bought, one.sold)), default=0.0) or 1.0

    def left(day: date) -> float:
        return (day - first).days * step

    bought, sold = (
        [
            box(left(day) + 1, line - up * tall, step - 2, tall)
            for day, money in ((one.day, getattr(one, side)) for one in days)
            if money > 0 and first <= day <= last
            for tall in [max(HALF * sqrt(money / most), 1.0)]
        ]
        for side, up in (("bought", 1), ("sold", 0))
    )
    marked = sorted(day for day in incident_days if first <= day <= last)
    shades = [box(left(day), TITLE, step, 2 * HALF) for day in marked]
    flags = [f"M{pixels(left(day) + step / 2)} {TITLE}m-4 -6h8l-4 6z" for day in marked]
    every = max(1, round(count / max((width - AXIS) // 70, 1)))
    labels = [
        text(f"{day.day} {day:%b}", left(day) + step / 2, height - 4, "time")
        for place in range(every // 2, count, every)
        for day in [first + timedelta(days=place)]
    ]
    parts = [
        *path("shade", shades),
        *path("buy", bought),
        *path("sell", sold),
        f'<path class="zero" d="M0 {line}H{pixels(width - AXIS)}"/>',
        *path("flag", flags),
        text("bought", width - AXIS + 6, line - 6),
        text("sold", width - AXIS + 6, line + 14),
        *labels,
    ]
    label = (
        f"Bought and sold by day, {first.isoformat()} to {last.isoformat()}; "
        f"{len(marked)} days with incidents"
    )
    return Markup(  # noqa: S704 (numbers and dates alone)
        f'<svg class="minutes" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label="{label}">{"".join(parts)}</svg>'
    )
