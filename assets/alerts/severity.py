"""How grave an alert is: one function of how rare, how much money, and what data tells it."""

from bisect import bisect_right
from typing import Literal

from assets.detection.detector import DataTier

Severity = Literal["low", "medium", "high", "critical"]
ORDER: tuple[Severity, ...] = ("low", "medium", "high", "critical")

# Each step reached is a point. Our own choice: no authority publishes such a scale.
RARITY_STEPS = (1e-3, 1e-6, 1e-9)
USD_STEPS = (10_000.0, 100_000.0, 1_000_000.0)
# Where dollars are not known: in days of what the symbol usually trades.
DAY_STEPS = (0.01, 0.05, 0.25)
# What cannot be known counts as the first step, neither as nothing nor as grave.
UNKNOWN = 1
LEAST_POINTS: tuple[int, ...] = (2, 4, 6)
# Who acted, and with what intent, cannot be seen in trades alone.
HIGHEST: dict[DataTier, Severity] = {"trades": "high", "model": "high"}


def severity(
    p_value: float | None,
    notional: float | None,
    notional_usd: float | None,
    usual_notional_per_day: float | None,
    data_tier: DataTier,
) -> Severity:
    """Add up to three points for rarity and three for money, up to what the data tier allows.

    Parameters
    ----------
    p_value
        Chance of the hit where nothing is wrong; None where the detector has no such model.
    notional, notional_usd, usual_notional_per_day
        Money at stake in quote currency and in dollars, and what the symbol usually trades a day
        in quote currency; dollars are judged where they are known.
    """
    points = _rarity(p_value) + _money(notional, notional_usd, usual_notional_per_day)
    rank = bisect_right(LEAST_POINTS, points)
    return ORDER[min(rank, ORDER.index(HIGHEST.get(data_tier, "critical")))]


def _rarity(p_value: float | None) -> int:
    if p_value is None:
        return UNKNOWN
    return sum(p_value <= step for step in RARITY_STEPS)


def _money(
    notional: float | None, notional_usd: float | None, usual_notional_per_day: float | None
) -> int:
    if notional_usd is not None:
        return bisect_right(USD_STEPS, notional_usd)
    if notional is not None and usual_notional_per_day:
        return bisect_right(DAY_STEPS, notional / usual_notional_per_day)
    return UNKNOWN
