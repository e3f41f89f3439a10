"""Rings of accounts that trade in circles, planted in an honest day."""

from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.random import Generator

from assets.evaluation.account_days import AccountDay
from ml.trade_graph import DAY_SECONDS, Numbers

Style = Literal["strict", "rotating"]
"""No pair of accounts trades twice, or cycles of any of the members."""
Cycle = tuple[Numbers, float]
"""Members in order, each sells to the next, and the quantity."""

LONGEST_CYCLE_S = 3_000.0


def with_ring(
    day: AccountDay,
    random: Generator,
    members: int,
    style: Style,
    *,
    share: float,
    honest: float = 0.0,
    size_jitter: float = 0.02,
) -> AccountDay:
    """The day with a ring of new accounts that does `share` of its quantity.

    `honest` is the share of the members' own quantity that is genuine: they do trades of people.
    """
    ring = day.accounts + np.arange(members)
    total = day.quantity.sum() * share / (1 - share)
    cycles = _strict(random, members) if style == "strict" else _rotating(random, day, total, ring)
    sellers = np.concatenate([cycle for cycle, _ in cycles])
    buyers = np.concatenate([np.roll(cycle, -1) for cycle, _ in cycles])
    sizes = np.concatenate([np.full(len(cycle), size) for cycle, size in cycles])
    sizes *= np.maximum(0.1, 1 + size_jitter * random.standard_normal(len(sizes)))
    seconds = [
        random.uniform(0, DAY_SECONDS - LONGEST_CYCLE_S)
        + np.sort(random.uniform(0, random.uniform(60, LONGEST_CYCLE_S), len(cycle)))
        for cycle, _ in cycles
    ]
    sizes = np.maximum(1.0, np.round(sizes * total / sizes.sum()))
    own = np.bincount(buyers, sizes, members) + np.bincount(sellers, sizes, members)
    day = _with_honest_trades(day, random, ring, (own * honest / (1 - honest)).tolist())
    return AccountDay(
        seconds=np.concatenate([day.seconds, *seconds]),
        buyer=np.concatenate([day.buyer, ring[buyers]]),
        seller=np.concatenate([day.seller, ring[sellers]]),
        is_taken_by_buyer=np.concatenate([day.is_taken_by_buyer, random.random(len(buyers)) < 0.5]),
        quantity=np.concatenate([day.quantity, sizes]),
        is_ring=np.concatenate([day.is_ring, np.ones(len(buyers), bool)]),
        people=day.people,
    ).in_order()


def _strict(random: Generator, members: int) -> list[Cycle]:
    """Cycles in which each pair of members trades at most once: steps of one width each."""
    names = random.permutation(members)
    cycles: list[Cycle] = []
    for width in range(1, (members + 1) // 2):
        length = members // int(np.gcd(width, members))
        for first in range(members // length):
            cycle = names[(first + width * np.arange(length)) % members]
            cycles.append(
                (cycle if random.random() < 0.5 else cycle[::-1], random.uniform(0.6, 1.4))
            )
    return cycles


def _rotating(random: Generator, day: AccountDay, total: float, ring: Numbers) -> list[Cycle]:
    """Cycles of some of the members in ordinary sizes, until the quantity is reached."""
    members = len(ring)
    cycles: list[Cycle] = []
    done = 0.0
    while done < total:
        length = int(random.integers(3, members + 1))
        size = float(day.quantity.mean() * random.lognormal(-0.3, 0.8))
        cycles.append((random.permutation(members)[:length], size))
        done += length * size
    return cycles


def _with_honest_trades(
    day: AccountDay, random: Generator, ring: Numbers, wanted: list[float]
) -> AccountDay:
    """The day with trades of people done by members instead, up to each one's wanted quantity."""
    sides = (day.buyer.copy(), day.seller.copy())
    people = random.permutation(day.people)
    both = np.concatenate(sides)
    by_account = np.argsort(both, kind="stable")
    first, last = (np.searchsorted(both[by_account], people, side) for side in ("left", "right"))
    waiting = iter(zip(first.tolist(), last.tolist(), strict=True))
    for member, quantity in zip(ring.tolist(), wanted, strict=True):
        left = quantity
        while left > 0 and (found := next(waiting, None)) is not None:
            for place in by_account[slice(*found)].tolist():
                side, row = divmod(place, len(day.buyer))
                if left > 0 and sides[1 - side][row] not in ring:
                    sides[side][row] = member
                    left -= float(day.quantity[row])
    return replace(day, buyer=sides[0], seller=sides[1])
