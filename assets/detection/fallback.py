"""The second way in which a detector judges: weaker, where history is too short for its own."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Fallback:
    """What a detector does with short history; a hit of it has true in the column `by_fallback`.

    Parameters
    ----------
    judgeable
        SQL predicate over the first input, as the detector's own: the cells that this way can
        judge. It counts for those that the detector's own way cannot.
    null_rate_per_symbol_day
        Measured alerts a symbol and day where nothing is wrong; the docstring says on what.
    simulated_rate_per_symbol_day
        The same on simulated markets; None where the other holds there too.
    description
        Plain words in place of the detector's: that history is short, and what was judged by.
    """

    judgeable: str
    null_rate_per_symbol_day: float
    description: str
    simulated_rate_per_symbol_day: float | None = None
