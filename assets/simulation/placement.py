"""The symbol and time of a day's planted events: random, an hour apart within a symbol."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

SLOT = 3 * 3_600
FIRST_SLOT = 5_400
SLOTS_A_DAY = 7
LONGEST = 5_400
# so that the longest event ends an hour before the next slot's earliest start
LATEST_START = SLOT - LONGEST - 3_600


@dataclass(frozen=True)
class Wish:
    """An event to place: in one of these symbols, or in all of them at the same time."""

    kind: str
    symbols: tuple[str, ...]
    in_all: bool = False


@dataclass(frozen=True)
class Place:
    """Symbols and the second of the day where an event starts."""

    kind: str
    symbols: tuple[str, ...]
    second: int


def place(random: np.random.Generator, wishes: Sequence[Wish]) -> list[Place]:
    """Give each wish a slot of its own, first come first served; the emptier symbols first."""
    free = {
        symbol: list(random.permutation(SLOTS_A_DAY))
        for symbol in sorted({symbol for wish in wishes for symbol in wish.symbols})
    }
    places = []
    for wish in wishes:
        if wish.in_all:
            slots = [slot for slot in free[wish.symbols[0]]
                     if all(slot in free[symbol] for symbol in wish.symbols)]  # fmt: skip
            chosen = wish.symbols
        else:
            most = max(len(free[symbol]) for symbol in wish.symbols)
            roomy = [symbol for symbol in wish.symbols if len(free[symbol]) == most]
            chosen = (roomy[random.integers(len(roomy))],)
            slots = free[chosen[0]]
        if not slots:
            raise ValueError(f"no room in the day for {wish.kind} in {', '.join(wish.symbols)}")
        slot = slots[0]
        for symbol in chosen:
            free[symbol].remove(slot)
        start = FIRST_SLOT + int(slot) * SLOT + int(random.integers(0, LATEST_START))
        places.append(Place(wish.kind, chosen, start))
    return places
