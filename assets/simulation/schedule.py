"""The schedule of a market of several venues: each abuse at each severity."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from assets.simulation.background import DAY
from assets.simulation.coins import THIN
from assets.simulation.episodes import SEVERITIES, Severity
from assets.simulation.placement import SLOTS_A_DAY, Wish, place
from assets.simulation.plan import QUIET_CHANCE
from assets.simulation.randomness import stream
from assets.simulation.typologies import ABUSES
from assets.simulation.venues import VENUES, Venue

# an abuse needs this many trades of others around it
TRADES_AN_ABUSE = 2_500
FULLEST = 0.7


@dataclass(frozen=True)
class Occasion:
    """An episode to plant: kind, severity (none for an honest one), symbols, venue, second."""

    kind: str
    severity: Severity | None
    symbols: tuple[str, ...]
    venue: Venue
    second: int


def schedule(seed: int, symbols: Sequence[str], day_count: int, trades: int) -> list[Occasion]:
    """Occasions by time; the first day has honest ones only, as a baseline.

    A small market, or one of few days, has room for a part of the abuses, drawn at random.
    """
    random = stream(seed, "schedule")
    wanted = list(product(ABUSES, SEVERITIES))
    room = int(FULLEST * SLOTS_A_DAY * len(symbols)) * (day_count - 1) // 2
    many = min(len(wanted), room, max(trades // TRADES_AN_ABUSE, 1))
    chosen = [wanted[n] for n in random.permutation(len(wanted))[:many]]
    occasions = []
    for day in range(day_count):
        abuses = chosen[day - 1 :: day_count - 1] if day else []
        occasions += _day(random, symbols, day, abuses)
    return sorted(occasions, key=lambda one: (one.second, one.kind))


def live_schedule(seed: int, symbols: Sequence[str], window: slice, trades: int) -> list[Occasion]:
    """Abuses one after another in each coin, as many as fit into the seconds and trades.

    Each begins after a tenth of the window, so that there is a baseline by then.
    """
    occasions = []
    for symbol in symbols:
        random = stream(seed, "live", symbol)
        second = window.start + (window.stop - window.start) // 10 + int(random.integers(1, 10))
        while fitting := [
            kind
            for kind, abuse in ABUSES.items()
            if second + abuse.lasts <= window.stop and (symbol in THIN or kind != "pump_and_dump")
        ]:
            kind = fitting[random.integers(len(fitting))]
            severity = SEVERITIES[random.integers(len(SEVERITIES))]
            venue = VENUES[random.choice(len(VENUES), p=[venue.share for venue in VENUES])]
            occasions.append(Occasion(kind, severity, (symbol,), venue, second))
            second += ABUSES[kind].longest + int(random.integers(30, 120))
    room = max(trades // TRADES_AN_ABUSE, 1)
    selected = stream(seed, "kept").permutation(len(occasions))[:room]
    return sorted((occasions[n] for n in selected), key=lambda one: (one.second, one.kind))


def _day(
    random: np.random.Generator,
    symbols: Sequence[str],
    day: int,
    abuses: Sequence[tuple[str, Severity]],
) -> list[Occasion]:
    every = tuple(symbols)
    thin = tuple(symbol for symbol in symbols if symbol in THIN)
    large = tuple(symbol for symbol in symbols if symbol not in THIN)
    honest = [
        Wish(kind, large if kind == "news_move" else every, in_all=kind == "news_move")
        for kind, chance in QUIET_CHANCE.items()
        # a news move first: it needs the same hours of all large coins
        if random.random() < chance
    ]
    # pumps target thin coins
    wishes = [Wish(kind, thin if kind == "pump_and_dump" else every) for kind, _ in abuses]
    severities: dict[str, list[Severity]] = {}
    for kind, severity in abuses:
        severities.setdefault(kind, []).append(severity)
    shares = [venue.share for venue in VENUES]
    return [
        Occasion(
            at.kind,
            severities[at.kind].pop(0) if at.kind in severities else None,
            at.symbols,
            VENUES[random.choice(len(VENUES), p=shares)],
            day * DAY + at.second,
        )
        for at in place(random, [*honest, *wishes])
    ]
