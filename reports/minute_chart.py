"""The minutes of a market as one SVG: price, detectors, accounts, volume, flow on one time axis.

Drawn on the server with classes alone, so that a page's style (`chart.css`) colours it in light,
dark and print, and nothing of it runs. Pure: it is given what it shows.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from math import sqrt

from markupsafe import Markup, escape

from reports.chart_rows import Minutes
from reports.chart_scale import Scale, box, decimals, epoch, path, pixels, text, ticks, written
from reports.numbers import amount, price

AXIS = 64
"""Pixels right of the plot, for the values."""
PRICE, LANE, VOLUME, FLOW, FOOT, TITLE, STRIP = 150, 14, 44, 48, 18, 16, 11
LONG = timedelta(minutes=5)
"""From such cells on, candles would be too narrow: a line of closes with its range."""
MILLISECOND = timedelta(milliseconds=1)
HATCH = 7
"""Pixels between two lines of a gap."""


def minute_chart(minutes: Minutes, width: int) -> Markup:
    """The chart, `width` pixels wide; its text is not scaled, so draw it once a width."""
    scale = Scale(minutes.first_at, minutes.last_at, width - AXIS)
    strips = STRIP * len(minutes.lanes)
    accounts = LANE * len(minutes.accounts) + (TITLE if minutes.accounts else 0)
    top = TITLE + strips
    below = top + PRICE + accounts
    height = below + 2 * TITLE + VOLUME + FLOW + FOOT
    parts = [
        *_shade(minutes, scale, height),
        *_time_axis(scale, height),
        *_gaps(minutes, scale, height),
        *_strips(minutes, scale),
        *_price(minutes, scale, top),
        *_accounts(minutes, scale, top + PRICE),
        *_volume(minutes, scale, below),
        *_flow(minutes, scale, below + TITLE + VOLUME),
    ]
    times = f"{minutes.first_at:%H:%M:%S} to {minutes.last_at:%H:%M:%S} UTC"
    label = escape(f"Price, accounts and volume from {times}, a bar each {minutes.every}")
    # what has links inside is no image
    role = "group" if any(one.href for one in minutes.strips) else "img"
    return Markup(  # noqa: S704 (numbers, and names that are escaped)
        f'<svg class="minutes" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="{role}" aria-label="{label}" data-plot="{scale.width}" '
        f'data-first="{epoch(minutes.first_at)}" data-last="{epoch(minutes.last_at)}" '
        f'data-cell="{minutes.cell // MILLISECOND}">'
        f"{''.join(parts)}</svg>"
    )


def _shade(minutes: Minutes, scale: Scale, height: float) -> Iterator[str]:
    if minutes.window is not None and minutes.overlaps(*minutes.window):
        start, end = (scale.x(one) for one in minutes.window)
        yield from path("shade", [box(start, TITLE, max(end - start, 1), height - TITLE - FOOT)])


def _time_axis(scale: Scale, height: float) -> Iterator[str]:
    labels = list(scale.labels())
    yield from path("grid", [f"M{pixels(x)} {TITLE}V{pixels(height - FOOT)}" for x, _ in labels])
    for x, words in labels:
        if words:
            yield text(words, x, height - 4, "time")


def _gaps(minutes: Minutes, scale: Scale, height: float) -> Iterator[str]:
    """Where trades are missing: hatched, and named at its head."""
    tall = height - TITLE - FOOT
    for gap in minutes.gaps:
        left, right = scale.x(gap.start_at), scale.x(gap.end_at)
        right = max(right, left + 2)
        lines: list[str] = []
        for start in range(int(left - tall), int(right), HATCH):
            begin, end = max(left - start, 0.0), min(right - start, tall)
            if end > begin:
                lines.append(
                    f"M{pixels(start + begin)} {pixels(TITLE + begin)}l{pixels(end - begin)} "
                    f"{pixels(end - begin)}"
                )
        yield from path("gap", lines)
        when = f"{gap.start_at:%H:%M:%S} to {gap.end_at:%H:%M:%S}"
        yield (
            f'<path class="cover" d="{box(left, TITLE, right - left, tall)}"><title>'
            f"{gap.missing:,} trades are missing, {when} UTC</title></path>"
        )
        if right - left > 60:
            yield text(f"{gap.missing:,} missing", left + 4, TITLE + 12)


def _strips(minutes: Minutes, scale: Scale) -> Iterator[str]:
    """A lane a detector: when its alerts were, each begun by the detector's shape."""
    for place, (detector, strips) in enumerate(minutes.lanes.items()):
        y = TITLE + place * STRIP
        for strip in strips:
            start, end = scale.x(strip.start_at), scale.x(strip.end_at)
            name = written(f"{detector.replace('_', ' ')}, {strip.start_at:%H:%M:%S} UTC")
            shape = (
                f'<g class="mark-{strip.mark.number}"><title>{name}</title>'
                f'<path d="{box(start, y + 4, max(end - start, 3), 3)}"/>'
                f'<path transform="translate({pixels(start - 5.4)} {y}) scale(.9)" '
                f'd="{strip.mark.path}"/></g>'
            )
            yield f'<a href="{escape(strip.href)}">{shape}</a>' if strip.href else shape


def _price(minutes: Minutes, scale: Scale, top: float) -> Iterator[str]:
    yield text(f"Price, {minutes.quote}", 0, TITLE - 4)
    values = [value for bar in minutes.bars for value in (bar.low, bar.high)]
    values += [one.price for one in minutes.deals]
    if not values:
        yield text("no trade in this time", 0, top + 20)
        return
    low, high = min(values), max(values)
    margin = (high - low) * 0.06 or high * 0.001

    def y(value: float) -> float:
        share = (high + margin - value) / (high - low + 2 * margin)
        return round(top + 4 + share * (PRICE - 8), 1)

    round_values = list(ticks(low, high))
    places = max(decimals(tick) for tick in round_values)
    yield from path("grid", [f"M0 {y(tick)}H{scale.width}" for tick in round_values])
    for tick in round_values:
        yield text(price(tick, places), scale.width + 6, y(tick) + 4)
    if not minutes.has_every_deal:
        draw = _line if minutes.cell >= LONG else _candles
        yield from draw(minutes, scale, y)
    for side, kind in (("buyer", "bought"), ("seller", "sold"), (None, "unknown")):
        # a line without length, whose round ends are a dot
        dots = [
            f"M{pixels(scale.x(one.traded_at))} {pixels(y(one.price))}h0"
            for one in minutes.deals
            if one.side == side
        ]
        yield from path(f"dots {kind}", dots)


def _candles(minutes: Minutes, scale: Scale, y: Callable[[float], float]) -> Iterator[str]:
    """Hollow where the price rose, filled where it fell."""
    breadth = scale.breadth(minutes.cell)
    wicks: list[str] = []
    bodies: dict[str, list[str]] = {"up": [], "down": []}
    for bar in minutes.bars:
        middle = scale.x(bar.start_at + minutes.cell / 2)
        high, low = y(max(bar.open, bar.close)), y(min(bar.open, bar.close))
        wicks.append(f"M{pixels(middle)} {pixels(y(bar.high))}V{pixels(y(bar.low))}")
        kind = "up" if bar.close >= bar.open else "down"
        bodies[kind].append(box(middle - breadth / 2, high, breadth, max(low - high, 1)))
    yield from path("wick", wicks)
    for kind, boxes in bodies.items():
        yield from path(kind, boxes)


def _line(minutes: Minutes, scale: Scale, y: Callable[[float], float]) -> Iterator[str]:
    """The closes as a line, which is broken where a cell has no trade, over each cell's range."""
    breadth = max(scale.breadth(minutes.cell), 1.5)
    ranges: list[str] = []
    closes: list[str] = []
    last: datetime | None = None
    for bar in minutes.bars:
        middle = scale.x(bar.start_at + minutes.cell / 2)
        ranges.append(
            box(middle - breadth / 2, y(bar.high), breadth, max(y(bar.low) - y(bar.high), 1))
        )
        joined = last is not None and bar.start_at - last <= minutes.cell
        closes.append(f"{'L' if joined else 'M'}{pixels(middle)} {pixels(y(bar.close))}")
        closes += [] if joined else ["h.1"]
        last = bar.start_at
    yield from path("range", ranges)
    yield from path("close", closes)


def _accounts(minutes: Minutes, scale: Scale, top: float) -> Iterator[str]:
    """One lane an account: bought above its line, sold below; heights are roots of money."""
    if not minutes.accounts:
        return
    yield text("Accounts: bought above the line, sold below", 0, top + TITLE - 4)
    every = [value for _, cells in minutes.accounts for c in cells for value in (c.bought, c.sold)]
    most = max(every, default=0.0) or 1.0
    breadth = scale.breadth(minutes.cell)
    bought: list[str] = []
    sold: list[str] = []
    for place, (account, cells) in enumerate(minutes.accounts):
        line = top + TITLE + place * LANE + LANE / 2
        yield from path("grid", [f"M0 {pixels(line)}H{scale.width}"])
        yield text(account[:9], scale.width + 6, line + 4)
        for cell in cells:
            left = scale.x(cell.start_at + minutes.cell / 2) - breadth / 2
            for value, boxes, sign in ((cell.bought, bought, -1), (cell.sold, sold, 0)):
                if value > 0:
                    tall = max(LANE / 2 * sqrt(value / most), 1)
                    boxes.append(box(left, line + sign * tall, breadth, tall))
    yield from path("buy", bought)
    yield from path("sell", sold)


def _volume(minutes: Minutes, scale: Scale, top: float) -> Iterator[str]:
    most = max((bar.notional for bar in minutes.bars), default=0.0)
    yield text(f"Traded each {minutes.every}, {minutes.quote}", 0, top + TITLE - 4)
    yield text(amount(most), scale.width + 6, top + TITLE + 10)
    base = top + TITLE + VOLUME
    bars = ((bar.start_at, VOLUME * bar.notional / most) for bar in minutes.bars if most)
    yield from path("volume", _bars(minutes, scale, base, bars))


def _flow(minutes: Minutes, scale: Scale, top: float) -> Iterator[str]:
    most = max((abs(bar.net) for bar in minutes.bars), default=0.0)
    line = top + TITLE + FLOW / 2
    yield text(f"Buyers less sellers each {minutes.every}, {minutes.quote}", 0, top + TITLE - 4)
    yield text(amount(most), scale.width + 6, top + TITLE + 10)
    yield f'<path class="zero" d="M0 {pixels(line)}H{scale.width}"/>'
    for kind, sign in (("buy", 1), ("sell", -1)):
        bars = (
            (bar.start_at, sign * FLOW / 2 * abs(bar.net) / most)
            for bar in minutes.bars
            if bar.net * sign > 0
        )
        yield from path(kind, _bars(minutes, scale, line, bars))


def _bars(
    minutes: Minutes, scale: Scale, base: float, bars: Iterable[tuple[datetime, float]]
) -> list[str]:
    """A bar a cell on a line: up where its height is positive, else down."""
    breadth = scale.breadth(minutes.cell)
    return [
        box(
            scale.x(start_at + minutes.cell / 2) - breadth / 2,
            base - max(height, 0.0),
            breadth,
            abs(height),
        )
        for start_at, height in bars
    ]
