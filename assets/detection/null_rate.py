"""How often a way of judging alerts where nothing is wrong, on the market that it judged.

No one rate is true of both kinds of market: the prices and crowds of a simulated one are calmer
than those of real files.
"""

from typing import Protocol

from assets.market.venue import is_simulated


class Judging(Protocol):
    """A detector's own way, or its fallback."""

    @property
    def null_rate_per_symbol_day(self) -> float: ...
    @property
    def simulated_rate_per_symbol_day(self) -> float | None: ...


def null_rate_on(way: Judging, venue: str) -> float:
    """The rate of false alerts a symbol and day that is stated for a venue; '' is any real one."""
    if is_simulated(venue) and way.simulated_rate_per_symbol_day is not None:
        return way.simulated_rate_per_symbol_day
    return way.null_rate_per_symbol_day
