"""One symbol on all venues: the common price, the traders of each venue, planted episodes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from assets.simulation.accounts import Accounts
from assets.simulation.background import DAY, Path
from assets.simulation.book import MOST_FILLS, Tape, execute, expected_fills, merge, thinned
from assets.simulation.counterparties import Counterparties, counterparties
from assets.simulation.episodes import Episode
from assets.simulation.flow import crowd
from assets.simulation.honest.gap_move import gap_move
from assets.simulation.honest.machines import clock_bots, grid_bots, machine_episodes
from assets.simulation.honest.news_move import news_move
from assets.simulation.orders import Orders
from assets.simulation.quotes import NO_QUOTES, Quotes
from assets.simulation.randomness import stream
from assets.simulation.scene import Planted, Scene
from assets.simulation.schedule import Occasion
from assets.simulation.typologies import ABUSES, HONEST, HONEST_ALL_DAY
from assets.simulation.venues import Venue, arbitrage, venue_path

# the crowd's orders per wanted trade; surplus trades are dropped
ORDERS_A_TRADE = 0.62
PLANTED = {*ABUSES, *HONEST, *HONEST_ALL_DAY}
# other venues follow a planted move of the price this many seconds later
FOLLOWS_AFTER = 1
LEAST_ECHO = 0.003
# if planted episodes would leave hardly any room for the crowd, orders sweep fewer levels
FILLS_AT_MOST, FULLEST = (MOST_FILLS, 2), 0.8


@dataclass(frozen=True)
class VenueMarket:
    """The trades of one symbol on one venue, and both sides; quotes are the planted ones."""

    venue: Venue
    path: Path
    tape: Tape
    other_side: Counterparties
    quotes: Quotes


@dataclass(frozen=True)
class SymbolMarket:
    """One symbol on every venue, and the labels of its planted episodes."""

    markets: list[VenueMarket]
    episodes: list[Episode]


@dataclass
class Place:
    """One venue while its market is simulated; the window is in whole seconds."""

    seed: int
    venue: Venue
    scene: Scene
    everyday: Orders
    window: slice
    others: list[Orders]
    quotes: list[Quotes]
    halts: list[tuple[int, int]] = field(default_factory=list)

    def stream(self, *names: object) -> np.random.Generator:
        symbol = self.scene.instrument.symbol
        return stream(self.seed, *names, symbol, self.venue.name)

    def trading(self, orders: Orders) -> Orders:
        """The orders outside of halts."""
        is_halted = np.zeros(len(orders), np.bool_)
        for start, end in self.halts:
            is_halted |= (orders.at_ms >= start * 1_000) & (orders.at_ms < end * 1_000)
        return orders.take(np.flatnonzero(~is_halted)) if is_halted.any() else orders


def symbol_market(
    seed: int,
    common: Path,
    accounts: Accounts,
    occasions: Sequence[Occasion],
    trades: Mapping[Venue, int],
    window: slice,
    most_fills: int | None = None,
) -> SymbolMarket:
    """Exactly this many trades by venue within a window of whole seconds.

    No order has more fills than `most_fills`; None is as many as usual.

    Events that move every venue change `common` in place. Raises ValueError if the planted episodes
    alone have more trades than wanted.
    """
    episodes = _news(seed, common, occasions, list(trades))
    places = {
        venue: _open(seed, common, accounts, venue, count, window)
        for venue, count in trades.items()
    }
    for one in occasions:
        if one.kind in PLANTED and one.venue in places:
            episodes += _plant(seed, places, one)
    paths = {venue: place.scene.path for venue, place in places.items()}
    seconds = (window.start, window.stop)
    for venue, legs in arbitrage(
        stream(seed, "arbitrage", common.instrument.symbol), paths, accounts, seconds
    ).items():
        places[venue].others.append(legs)
    return SymbolMarket(
        [_close(place, trades[venue], most_fills) for venue, place in places.items()], episodes
    )


def _news(
    seed: int, common: Path, occasions: Sequence[Occasion], venues: Sequence[Venue]
) -> list[Episode]:
    """Move the price of all venues; return a label for each of them."""
    episodes = []
    for one in occasions:
        random = stream(seed, one.kind, one.second)
        if one.kind == "news_move":
            episodes += news_move(random, [common], one.second)
        if one.kind == "gap_move":
            episodes.append(gap_move(random, common, one.second))
    symbol, days = common.instrument.symbol, len(common.activity) // DAY
    for day in range(days):
        episodes += machine_episodes(symbol, day * DAY)
    return [replace(one, venue=venue.name) for one in episodes for venue in venues]


def _open(
    seed: int, common: Path, accounts: Accounts, venue: Venue, count: int, window: slice
) -> Place:
    """The venue with its everyday crowd."""
    symbol = common.instrument.symbol
    days = (window.stop - window.start) / DAY
    busy = common.activity[window].mean()
    orders_a_day = max(ORDERS_A_TRADE * count / days, 20.0)
    path = venue_path(stream(seed, "venue", symbol, venue.name), common, venue, orders_a_day)
    path.activity[window] /= path.activity[window].mean() if busy else 1.0
    everyday = crowd(stream(seed, "crowd", symbol, venue.name), path, accounts, window)
    share_kept = min(1.0, count / max(expected_fills(path, everyday), 1.0))
    scene = Scene.of(path, accounts, everyday, window.start, share_kept)
    return Place(seed, venue, scene, everyday, window, [], [NO_QUOTES])


def _plant(seed: int, places: Mapping[Venue, Place], one: Occasion) -> list[Episode]:
    """Plant on one venue; the prices of the others follow. Return the labels of all."""
    random = stream(seed, one.kind, one.second)
    here = places[one.venue]
    if one.severity is None:
        made = (HONEST | HONEST_ALL_DAY)[one.kind](random, here.scene, one.second)
    else:
        made = ABUSES[one.kind].plant(random, here.scene, one.second, one.severity)
    here.scene.plant(made)
    here.others += [made.orders, made.honest]
    here.quotes.append(made.quotes)
    if made.halt is not None:
        here.halts.append(made.halt)
    labels = [replace(label, venue=one.venue.name) for label in (made.episode, *made.also)]
    if not len(made.shift):
        return labels
    for venue, place in places.items():
        if venue == one.venue:
            continue
        place.scene.path.shift(made.start + FOLLOWS_AFTER, made.shift)
        if np.abs(made.shift).max() >= LEAST_ECHO:
            labels.append(_echo(made, venue, one.venue))
    return labels


def _echo(made: Planted, venue: Venue, origin: Venue) -> Episode:
    return Episode(
        typology="echo",
        symbol=made.episode.symbol,
        start_ms=(made.start + FOLLOWS_AFTER) * 1_000,
        end_ms=(made.start + FOLLOWS_AFTER + len(made.shift)) * 1_000,
        is_abuse=False,
        severity=None,
        description=f"The price follows {origin.name}, where {made.episode.typology} was planted.",
        venue=venue.name,
    )


def _close(place: Place, count: int, most_fills: int | None) -> VenueMarket:
    """Add the machines, the fills and the other side of each trade."""
    others = place.trading(Orders.together([*place.others, *_machines(place)]))
    scene = place.scene
    most = most_fills or MOST_FILLS
    special = _planted_tape(place, others, count, most)
    wanted = count - len(special)
    if wanted < 0:
        raise ValueError(
            f"{count:,} trades of {scene.instrument.symbol} on {place.venue.name} leave no room "
            f"beside the {len(special):,} planted ones there: ask for more trades"
        )
    filled = execute(place.stream("fills"), scene.path, place.trading(place.everyday), most)
    draws = 0
    while len(filled) < wanted:
        draws += 1
        random = place.stream("more", draws)
        more = crowd(random, scene.path, scene.accounts, place.window)
        filled = merge(filled, execute(random, scene.path, place.trading(more), most))
    tape = merge(thinned(place.stream("thin"), filled, wanted), special)
    other_side = counterparties(place.stream("makers"), tape, scene.accounts)
    return VenueMarket(place.venue, scene.path, tape, other_side, Quotes.together(place.quotes))


def _planted_tape(place: Place, orders: Orders, count: int, most: int) -> Tape:
    """The trades of the planted orders, with fewer fills if they would crowd out the others."""
    tapes = (
        execute(place.stream("book"), place.scene.path, orders, min(most_fills, most))
        for most_fills in FILLS_AT_MOST
    )
    first = next(tapes)
    return first if len(first) <= FULLEST * count else min(tapes, key=len)


def _machines(place: Place) -> list[Orders]:
    """The orders of machines that react to the price; a quiet symbol has fewer."""
    made = []
    for bots in (grid_bots, clock_bots):
        random = place.stream(bots.__name__)
        orders = bots(random, place.scene)
        is_selected = orders.at_ms >= place.window.start * 1_000
        is_selected &= orders.at_ms < place.window.stop * 1_000
        is_selected &= random.random(len(orders)) < place.scene.instrument.busyness
        made.append(orders.take(np.flatnonzero(is_selected)))
    return made
