"""The mark of each detector, in charts and beside its name."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Mark:
    """The mark of a detector: one of eight colours and shapes, distinct by either."""

    colour: str
    shape: str


_SHAPES = (
    "circle", "square", "diamond", "triangle-up", "triangle-down", "cross", "star", "hexagon",
)  # fmt: skip


def marks(names: Sequence[str]) -> dict[str, Mark]:
    """A mark for each name, the first eight all different; the same in every chart."""
    return {
        name: Mark(f"var(--mark-{place % 8 + 1})", _SHAPES[place % 8])
        for place, name in enumerate(names)
    }
