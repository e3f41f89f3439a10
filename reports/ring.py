"""Accounts that trade with each other as a ring: an SVG of arcs, and the same as rows of a table.

Pure: it is given the dealings. The same dealings give everyone the same picture.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import atan2, cos, hypot, pi, sin, sqrt

from markupsafe import Markup

from reports.chart_scale import pixels, text, written
from reports.numbers import amount

MOST = 20
"""Accounts on the circle; of more there is the table alone."""
SIZE, MARGIN, DOT = 368, 62, 4
THICKEST = 7.0
BEND = 0.28
"""How far an arc leaves the straight line, as a share of its length: there and back differ."""


@dataclass(frozen=True)
class Dealing:
    """What one account sold to another, in quote currency."""

    seller: str
    buyer: str
    trade_count: int
    money: float
    expected_count: float
    """As many trades as chance gives, by how often the one sold and the other bought."""
    is_inferred: bool
    """Whether the data names one side of each trade alone, so that the two were matched."""


def accounts_of(dealings: Sequence[Dealing]) -> list[str]:
    """The accounts by their share of the money, then by id."""
    money: dict[str, float] = {}
    for one in dealings:
        for account in {one.seller, one.buyer}:
            money[account] = money.get(account, 0.0) + one.money
    return sorted(money, key=lambda account: (-money[account], account))


def ring(dealings: Sequence[Dealing]) -> Markup | None:
    """Accounts on a circle, an arc from seller to buyer; None for fewer than two or over `MOST`."""
    accounts = accounts_of(dealings)
    if not 2 <= len(accounts) <= MOST:
        return None
    angles = {name: 2 * pi * at / len(accounts) - pi / 2 for at, name in enumerate(accounts)}
    radius = SIZE / 2 - MARGIN
    places = {
        name: (SIZE / 2 + radius * cos(angle), SIZE / 2 + radius * sin(angle))
        for name, angle in angles.items()
    }
    most = max(one.money for one in dealings)
    arcs = [
        _arc(one, places[one.seller], places[one.buyer], most)
        for one in sorted(dealings, key=lambda one: one.money)
        if one.seller != one.buyer
    ]
    names = [_named(name, angles[name], places[name], radius) for name in accounts]
    label = f"{len(accounts)} accounts that traded with each other; the table says the same"
    return Markup(  # noqa: S704 (numbers, and names that are escaped)
        f'<svg class="ring" viewBox="0 0 {SIZE} {SIZE}" width="{SIZE}" height="{SIZE}" role="img" '
        f'aria-label="{label}">{"".join(arcs)}{"".join(names)}</svg>'
    )


def _arc(one: Dealing, start: tuple[float, float], end: tuple[float, float], most: float) -> str:
    """A curve bent to its left, with a head at the buyer's end."""
    thickness = max(THICKEST * sqrt(one.money / most), 1.0) if most else 1.0
    across, down = end[0] - start[0], end[1] - start[1]
    length = hypot(across, down)
    middle = (
        (start[0] + end[0]) / 2 + BEND * down,
        (start[1] + end[1]) / 2 - BEND * across,
    )
    way = atan2(end[1] - middle[1], end[0] - middle[0])
    head = min(6.0 + thickness, length / 4)
    tip = (end[0] - (DOT + 1) * cos(way), end[1] - (DOT + 1) * sin(way))
    foot = (tip[0] - head * cos(way), tip[1] - head * sin(way))
    half = head / 2
    corners = [
        (foot[0] + half * sin(way) * side, foot[1] - half * cos(way) * side) for side in (1, -1)
    ]
    kind = "inferred" if one.is_inferred else "known"
    words = f"{one.seller} sold to {one.buyer} {one.trade_count:,} times, {amount(one.money)}"
    return (
        f'<g class="arc {kind}"><title>{written(words)}{", inferred" * one.is_inferred}</title>'
        f'<path class="line" stroke-width="{pixels(thickness)}" '
        f'd="M{_at(start)}Q{_at(middle)} {_at(foot)}"/>'
        f'<path class="head" d="M{_at(tip)}L{_at(corners[0])}L{_at(corners[1])}z"/></g>'
    )


def _named(name: str, angle: float, place: tuple[float, float], radius: float) -> str:
    """A dot with its name outside of the circle."""
    out = (radius + 12) / radius
    x = SIZE / 2 + (place[0] - SIZE / 2) * out
    y = SIZE / 2 + (place[1] - SIZE / 2) * out + 4
    side = "middle" if abs(cos(angle)) < 0.2 else "start" if cos(angle) > 0 else "end"
    shown = name if len(name) <= 9 else f"{name[:8]}…"
    return (
        f'<g class="account"><title>{written(name)}</title>'
        f'<circle cx="{pixels(place[0])}" cy="{pixels(place[1])}" r="{DOT}"/>'
        f"{text(shown, x, y, side)}</g>"
    )


def _at(place: tuple[float, float]) -> str:
    return f"{pixels(place[0])} {pixels(place[1])}"
