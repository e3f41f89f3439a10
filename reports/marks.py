"""The mark of each detector, in charts and beside its name."""

from collections.abc import Sequence
from dataclasses import dataclass

SHAPES = {
    "circle": "M6 1.4a4.6 4.6 0 1 0 0 9.2 4.6 4.6 0 1 0 0-9.2z",
    "square": "M2 2h8v8h-8z",
    "diamond": "M6 .6 11.4 6 6 11.4 .6 6z",
    "triangle-up": "M6 1.2 11.4 10.4H.6z",
    "triangle-down": "M6 10.8 .6 1.6h10.8z",
    "cross": "M4.2 1h3.6v3.2H11v3.6H7.8V11H4.2V7.8H1V4.2h3.2z",
    "star": "M6 .4 7.5 4.2l4.1.2-3.2 2.6 1.1 4L6 8.7 2.5 11l1.1-4L.4 4.4l4.1-.2z",
    "hexagon": "M6 .8 10.6 3.4v5.2L6 11.2 1.4 8.6V3.4z",
}
"""Paths in a box of 12 by 12, by the names that plotly has for them."""


@dataclass(frozen=True)
class Mark:
    """The mark of a detector: one of eight colours and shapes, distinct by either."""

    number: int
    """Its colour, 1 to 8: `--mark-<number>`, and the class `mark-<number>`."""
    shape: str

    @property
    def colour(self) -> str:
        return f"var(--mark-{self.number})"

    @property
    def path(self) -> str:
        return SHAPES[self.shape]


def marks(names: Sequence[str]) -> dict[str, Mark]:
    """A mark for each name, the first eight all different in colour and in shape.

    Of more names two of a colour differ in shape.
    """
    shapes = list(SHAPES)
    return {
        name: Mark(place % 8 + 1, shapes[(place + place // 8) % 8])
        for place, name in enumerate(names)
    }
