"""What a large order did to the price, and how that is said."""

from dataclasses import dataclass
from math import log

from reports.numbers import number, price, signed_percent


@dataclass(frozen=True, kw_only=True)
class Impact:
    """The market's prices about one order; None where no trade tells it, or not yet.

    Source of the measure: field practice, permanent against temporary impact (the price a minute
    and ten minutes after an order beside the price before it).
    """

    is_buy: bool
    price_before: float
    """Of the last trade before the order."""
    last_fill: float
    """Of the order's last fill."""
    after_1m: float | None
    """Of the last trade within a minute after the order."""
    after_10m: float | None
    usual_minute: float | None
    """Root of the mean squared log return of a minute, over the hour before."""

    @property
    def volatilities(self) -> float | None:
        """Log move of the minute after the order, in its direction, in usual minutes."""
        if self.after_1m is None or not self.usual_minute:
            return None
        move = log(self.after_1m / self.price_before) / self.usual_minute
        return move if self.is_buy else -move

    @property
    def permanent_share(self) -> float | None:
        """Of the move a minute after, what ten minutes after is left; None without a move."""
        if self.after_1m is None or self.after_10m is None or self.after_1m == self.price_before:
            return None
        return log(self.after_10m / self.price_before) / log(self.after_1m / self.price_before)

    @property
    def sentence(self) -> str:
        """What the order did, as far as the trades that have landed tell it."""
        parts = [
            f"The order was filled from {price(self.price_before)} (the trade before it) to "
            f"{price(self.last_fill)} ({self._moved(self.last_fill)})"
        ]
        if self.after_1m is None:
            return f"{parts[0]}; what the price did in the minute after has not landed."
        minute = f"a minute later the move was {self._moved(self.after_1m)}"
        if self.volatilities is not None:
            minute += f", {number(abs(self.volatilities), 2)} times what a minute usually moves"
        parts.append(minute)
        if self.after_10m is not None:
            parts.append(f"ten minutes later {self._moved(self.after_10m)}")
        return "; ".join(parts) + "."

    def _moved(self, to: float) -> str:
        return signed_percent(to / self.price_before - 1)
