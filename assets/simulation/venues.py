"""Several venues of one market: each has its own spread and crowd, all follow a common price."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from assets.market.venue import SIMULATED
from assets.simulation.accounts import Accounts
from assets.simulation.background import Path, wandering
from assets.simulation.orders import Orders
from assets.simulation.sizes import algorithm_lots, to_lots

BASIS_HALF_LIFE = 40
OWN_ACTIVITY = ((600, 0.25),)
# arbitrageurs act when two venues differ by this many standard deviations of their basis
PARTED = 3.2
SECOND_LEG_MS = (2, 60)


@dataclass(frozen=True)
class Venue:
    """A venue with its own id space; `basis` is the log deviation of its price.

    `spread` and `depth` are multiples of the coin's, `mark` begins the names of its accounts.
    """

    name: str
    mark: str
    share: float
    spread: float
    depth: float
    basis: float


VENUES = (
    Venue(f"{SIMULATED}north", "N", 0.52, 1.0, 1.0, 0.00008),
    Venue(f"{SIMULATED}east", "E", 0.30, 1.4, 0.7, 0.00012),
    Venue(f"{SIMULATED}south", "S", 0.18, 2.0, 0.5, 0.0002),
)


def venue_path(
    random: np.random.Generator, common: Path, venue: Venue, orders_a_day: float
) -> Path:
    """The price and activity of one venue: the common ones, and its own deviation."""
    seconds = len(common.activity)
    basis = wandering(random, seconds + 1, ((BASIS_HALF_LIFE, venue.basis),))
    activity = common.activity * np.exp(wandering(random, seconds, OWN_ACTIVITY))
    instrument = replace(
        common.instrument,
        half_spread=common.instrument.half_spread * venue.spread,
        touch_depth=common.instrument.touch_depth * venue.depth,
        orders_a_day=orders_a_day,
    )
    return Path(instrument, common.log_mid + basis, activity / activity.mean())


def arbitrage(
    random: np.random.Generator,
    paths: Mapping[Venue, Path],
    accounts: Accounts,
    window: tuple[int, int],
) -> dict[Venue, Orders]:
    """Arbitrage orders by venue: buy where a coin is cheap and sell where it is dear, at once.

    Both legs have one size and one account number; the window is in seconds.
    """
    legs: dict[Venue, list[Orders]] = {venue: [] for venue in paths}
    venues = list(paths)
    for place, one in enumerate(venues):
        for other in venues[place + 1 :]:
            apart = (paths[one].log_mid - paths[other].log_mid)[window[0] : window[1]]
            limit = PARTED * np.hypot(one.basis, other.basis)
            is_apart = np.abs(apart) > limit
            second = window[0] + np.flatnonzero(is_apart[1:] & ~is_apart[:-1]) + 1
            rarely = min(paths[one].instrument.busyness, paths[other].instrument.busyness, 1.0)
            second = second[random.random(len(second)) < rarely]
            if not len(second):
                continue
            is_dear = apart[second - window[0]] > 0
            price = np.exp(paths[one].log_mid[second])
            instrument = paths[one].instrument
            lots = algorithm_lots(random, instrument, price, scale=2.0)
            lots = np.minimum(lots, to_lots(instrument, 4 * instrument.touch_depth, price))
            account = accounts.pick(random, "arbitrageur", len(second))
            at_ms = second * 1_000 + random.integers(0, 900, len(second))
            later_ms = at_ms + random.integers(*SECOND_LEG_MS, len(second))
            side = np.where(is_dear, -1, 1)
            legs[one].append(Orders.of(at_ms, side, lots, account))
            legs[other].append(Orders.of(later_ms, -side, lots, account))
    return {venue: Orders.together(parts) for venue, parts in legs.items() if parts}
