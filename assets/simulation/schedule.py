"""The schedule of a market of several venues: each abuse at each severity."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from assets.simulation.background import DAY
from assets.simulation.coins import THIN
from assets.simulation.episodes import SEVERITIES, Severity
from assets.simulation.placement import LONGEST, SLOTS_A_DAY, Wish, place
from assets.simulation.plan import QUIET_CHANCE
from assets.simulation.randomness import stream
from assets.simulation.typologies import ABUSES, HONEST_ALL_DAY
from assets.simulation.venues import VENUES, Venue

# an abuse needs this many trades of others around it
TRADES_AN_ABUSE = 2_500
FULLEST = 0.7
# probability of each honest event on a day, and in each market of those that last a day
HONEST_CHANCE = {**QUIET_CHANCE, "liquidation_cascade": 0.4}
ALL_DAY_CHANCE = 0.1
# pumps target thin coins
OF_THIN_COINS = {"pump_and_dump", "pump_account"}


@dataclass(frozen=True)
class Occasion:
    """An episode to plant: kind, severity (none for an honest one), symbols, venue, second."""

    kind: str
    severity: Severity | None
    symbols: tuple[str, ...]
    venue: Venue
    second: int


def schedule(
    seed: int,
    symbols: Sequence[str],
    day_count: int,
    trades: int,
    kinds: Collection[str] = ABUSES,
    rounds: int = 1,
) -> list[Occasion]:
    """Occasions by time; the first day has honest ones only, as a baseline.

    Each kind of abuse is planted `rounds` times at each severity. A small market, or one of few
    days, has room for a part of them, drawn at random.
    """
    random = stream(seed, "schedule")
    wanted = list(product(kinds, SEVERITIES)) * rounds
    room = int(FULLEST * SLOTS_A_DAY * len(symbols)) * (day_count - 1) * rounds // (rounds + 1)
    many = min(len(wanted), room, max(trades // TRADES_AN_ABUSE, 1))
    chosen = [wanted[n] for n in random.permutation(len(wanted))[:many]]
    occasions = []
    for day in range(day_count):
        abuses = chosen[day - 1 :: day_count - 1] if day else []
        occasions += _day(random, symbols, day, [one for one in abuses if not _is_long(one[0])])
        occasions += _overlapped(random, symbols, day, [one for one in abuses if _is_long(one[0])])
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
            if second + abuse.lasts <= window.stop and (symbol in THIN or kind not in OF_THIN_COINS)
        ]:
            kind = fitting[random.integers(len(fitting))]
            severity = SEVERITIES[random.integers(len(SEVERITIES))]
            occasions.append(Occasion(kind, severity, (symbol,), _venue(random), second))
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
        for kind, chance in HONEST_CHANCE.items()
        # a news move first: it needs the same hours of all large coins
        if random.random() < chance
    ]
    # first those that fit into few coins
    abuses = sorted(abuses, key=lambda one: one[0] not in OF_THIN_COINS)
    wishes = [Wish(kind, thin if kind in OF_THIN_COINS else every) for kind, _ in abuses]
    severities: dict[str, list[Severity]] = {}
    for kind, severity in abuses:
        severities.setdefault(kind, []).append(severity)
    return [
        Occasion(
            at.kind,
            severities[at.kind].pop(0) if at.kind in severities else None,
            at.symbols,
            _venue(random),
            day * DAY + at.second,
        )
        for at in place(random, [*honest, *wishes])
    ]


def _overlapped(
    random: np.random.Generator,
    symbols: Sequence[str],
    day: int,
    abuses: Sequence[tuple[str, Severity]],
) -> list[Occasion]:
    """Abuses of hours, one at most in a market and day, and honest habits of the whole day."""
    markets = [(symbol, venue) for symbol in symbols for venue in VENUES]
    chosen = random.permutation(len(markets))[: len(abuses)]
    occasions = []
    for (kind, severity), number in zip(abuses, chosen, strict=True):
        symbol, venue = markets[number]
        second = day * DAY + int(random.integers(0, DAY - ABUSES[kind].longest))
        occasions.append(Occasion(kind, severity, (symbol,), venue, second))
    for symbol, venue in markets:
        occasions += [
            Occasion(kind, None, (symbol,), venue, day * DAY)
            for kind in HONEST_ALL_DAY
            if random.random() < ALL_DAY_CHANCE
        ]
    return occasions


def _is_long(kind: str) -> bool:
    return ABUSES[kind].longest > LONGEST


def _venue(random: np.random.Generator) -> Venue:
    return VENUES[random.choice(len(VENUES), p=[venue.share for venue in VENUES])]
