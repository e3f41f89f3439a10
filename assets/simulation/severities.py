"""What low, medium and high mean for each planted abuse of trades: the one declaration.

The planters draw from it, `tests/simulation/SEVERITIES.md` is made from it, and a test measures
planted markets against it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from assets.simulation.episodes import SEVERITIES, Severity

Pair = tuple[float, float]
"""Least and most."""


@dataclass(frozen=True, kw_only=True)
class Scale:
    """One severity of one abuse; each pair is the least and the most, both included.

    Parameters
    ----------
    share
        Of the money traded in the market from start to end, an hour at least, that of the abuse.
    accounts
        How many accounts take part.
    honest
        Of the accounts' own money in the market on that UTC day, what they trade honestly; None
        where the accounts are active ones and trade as much as they happen to.
    move
        Greatest distance from the price before, as a ratio; None where the price is not moved.
    sigmas
        The move is no smaller than this multiple of the market's own volatility over its time,
        even if it is then larger than `move`.
    drawn
        Whatever else is drawn, by name.
    """

    share: Pair
    accounts: tuple[int, int]
    honest: Pair | None = None
    move: Pair | None = None
    sigmas: float = 0.0
    drawn: Mapping[str, Pair] = field(default_factory=lambda: MappingProxyType({}))


def _scales(low: Scale, medium: Scale, high: Scale) -> Mapping[Severity, Scale]:
    return dict(zip(SEVERITIES, (low, medium, high), strict=True))


# of the accounts' own money, the rest is traded among themselves
MOSTLY_HONEST, HALF_HONEST, HARDLY_HONEST = (0.5, 0.7), (0.3, 0.5), (0.0, 0.3)

SCALES: Mapping[str, Mapping[Severity, Scale]] = {
    "wash_trading": _scales(
        Scale(share=(0.1, 0.75), accounts=(3, 5),
              drawn={"extra_volume": (0.5, 0.7), "pairs_a_minute": (4, 5)}),
        Scale(share=(0.2, 0.85), accounts=(3, 5),
              drawn={"extra_volume": (0.8, 1.2), "pairs_a_minute": (5, 7)}),
        Scale(share=(0.3, 0.9), accounts=(3, 5),
              drawn={"extra_volume": (1.4, 2.0), "pairs_a_minute": (6, 9)}),
    ),
    "wash_ring": _scales(
        Scale(share=(0.005, 0.02), accounts=(8, 20), honest=MOSTLY_HONEST),
        Scale(share=(0.01, 0.03), accounts=(8, 20), honest=HALF_HONEST),
        Scale(share=(0.02, 0.05), accounts=(8, 20), honest=HARDLY_HONEST),
    ),
    "wash_triangle": _scales(
        Scale(share=(0.05, 0.1), accounts=(3, 3), honest=MOSTLY_HONEST, drawn={"loops": (8, 15)}),
        Scale(share=(0.1, 0.2), accounts=(3, 3), honest=HALF_HONEST, drawn={"loops": (15, 30)}),
        Scale(share=(0.2, 0.4), accounts=(3, 3), honest=HARDLY_HONEST, drawn={"loops": (30, 60)}),
    ),
    "self_trade": _scales(
        Scale(share=(0.01, 0.03), accounts=(1, 1), honest=MOSTLY_HONEST, drawn={"times": (5, 10)}),
        Scale(share=(0.03, 0.08), accounts=(1, 1), honest=HALF_HONEST, drawn={"times": (15, 30)}),
        Scale(share=(0.08, 0.2), accounts=(1, 1), honest=HARDLY_HONEST, drawn={"times": (40, 80)}),
    ),
    "pre_arranged_pair": _scales(
        Scale(share=(0.02, 0.05), accounts=(2, 2), honest=MOSTLY_HONEST, drawn={"times": (20, 30)}),
        Scale(share=(0.05, 0.1), accounts=(2, 2), honest=HALF_HONEST, drawn={"times": (30, 60)}),
        Scale(share=(0.1, 0.25), accounts=(2, 2), honest=HARDLY_HONEST, drawn={"times": (60, 120)}),
    ),
    "round_trip": _scales(
        Scale(share=(0.01, 0.03), accounts=(2, 2), honest=MOSTLY_HONEST, drawn={"cycles": (3, 5)}),
        Scale(share=(0.03, 0.08), accounts=(2, 2), honest=HALF_HONEST, drawn={"cycles": (6, 10)}),
        Scale(share=(0.08, 0.2), accounts=(2, 2), honest=HARDLY_HONEST, drawn={"cycles": (12, 25)}),
    ),
    "growing_notionals": _scales(
        Scale(share=(0.02, 0.05), accounts=(1, 1), honest=MOSTLY_HONEST,
              drawn={"growth": (1.5, 2.0), "orders": (3, 3), "runs": (1, 2)}),
        Scale(share=(0.05, 0.1), accounts=(1, 1), honest=HALF_HONEST,
              drawn={"growth": (2.0, 2.5), "orders": (3, 4), "runs": (2, 3)}),
        Scale(share=(0.1, 0.3), accounts=(1, 1), honest=HARDLY_HONEST,
              drawn={"growth": (2.5, 3.0), "orders": (3, 5), "runs": (4, 6)}),
    ),
    "front_running": _scales(
        Scale(share=(0.005, 0.02), accounts=(1, 1), honest=MOSTLY_HONEST, move=(0.001, 0.02),
              sigmas=1.0, drawn={"times": (3, 5)}),
        Scale(share=(0.01, 0.04), accounts=(1, 1), honest=HALF_HONEST, move=(0.002, 0.04),
              sigmas=1.5, drawn={"times": (6, 10)}),
        Scale(share=(0.02, 0.08), accounts=(1, 1), honest=HARDLY_HONEST, move=(0.003, 0.06),
              sigmas=2.0, drawn={"times": (12, 20)}),
    ),
    "pump_account": _scales(
        Scale(share=(0.002, 0.1), accounts=(2, 3), honest=MOSTLY_HONEST, move=(0.14, 0.2),
              sigmas=8, drawn={"share_before": (0.05, 0.1)}),
        Scale(share=(0.003, 0.2), accounts=(3, 4), honest=HALF_HONEST, move=(0.2, 0.3),
              sigmas=8, drawn={"share_before": (0.1, 0.2)}),
        Scale(share=(0.005, 0.3), accounts=(4, 6), honest=HARDLY_HONEST, move=(0.3, 0.4),
              sigmas=8, drawn={"share_before": (0.15, 0.3)}),
    ),
    "pump_and_dump": _scales(
        Scale(share=(0.5, 1.0), accounts=(6, 12), move=(0.14, 0.2), sigmas=8),
        Scale(share=(0.5, 1.0), accounts=(6, 12), move=(0.2, 0.3), sigmas=8),
        Scale(share=(0.5, 1.0), accounts=(6, 12), move=(0.3, 0.4), sigmas=8),
    ),
    "slow_pump": _scales(
        Scale(share=(0.3, 0.5), accounts=(5, 10), move=(0.05, 0.08), sigmas=8,
              drawn={"orders": (200, 300)}),
        Scale(share=(0.4, 0.6), accounts=(5, 10), move=(0.08, 0.12), sigmas=8,
              drawn={"orders": (300, 400)}),
        Scale(share=(0.5, 0.7), accounts=(5, 10), move=(0.12, 0.2), sigmas=8,
              drawn={"orders": (400, 500)}),
    ),
    "ramping": _scales(
        Scale(share=(0.1, 0.2), accounts=(1, 1), honest=MOSTLY_HONEST, move=(0.01, 0.018),
              sigmas=3, drawn={"orders_a_minute": (2, 3)}),
        Scale(share=(0.15, 0.3), accounts=(1, 1), honest=HALF_HONEST, move=(0.018, 0.03),
              sigmas=4, drawn={"orders_a_minute": (3, 5)}),
        Scale(share=(0.2, 0.4), accounts=(1, 1), honest=HARDLY_HONEST, move=(0.03, 0.05),
              sigmas=6, drawn={"orders_a_minute": (4, 7)}),
    ),
    "marking_the_reference": _scales(
        Scale(share=(0.05, 0.15), accounts=(1, 1), honest=MOSTLY_HONEST, move=(0.004, 0.007),
              sigmas=3),
        Scale(share=(0.1, 0.25), accounts=(1, 1), honest=HALF_HONEST, move=(0.007, 0.012),
              sigmas=4),
        Scale(share=(0.15, 0.4), accounts=(1, 1), honest=HARDLY_HONEST, move=(0.012, 0.02),
              sigmas=6),
    ),
    "momentum_ignition": _scales(
        Scale(share=(0.05, 0.15), accounts=(1, 1), honest=MOSTLY_HONEST, move=(0.004, 0.007),
              sigmas=4),
        Scale(share=(0.1, 0.25), accounts=(1, 1), honest=HALF_HONEST, move=(0.007, 0.012),
              sigmas=5),
        Scale(share=(0.15, 0.4), accounts=(1, 1), honest=HARDLY_HONEST, move=(0.012, 0.02),
              sigmas=6),
    ),
    "flash_crash": _scales(
        Scale(share=(0.2, 1.0), accounts=(10, 5_000), move=(0.085, 0.11), sigmas=8),
        Scale(share=(0.2, 1.0), accounts=(10, 5_000), move=(0.11, 0.14), sigmas=8),
        Scale(share=(0.2, 1.0), accounts=(10, 5_000), move=(0.14, 0.2), sigmas=8),
    ),
    "price_spike": _scales(
        Scale(share=(0.02, 0.05), accounts=(1, 1), honest=MOSTLY_HONEST, move=(0.02, 0.03),
              sigmas=8, drawn={"fills": (20, 50)}),
        Scale(share=(0.05, 0.15), accounts=(1, 1), honest=HALF_HONEST, move=(0.05, 0.1),
              sigmas=8, drawn={"fills": (80, 200)}),
        Scale(share=(0.15, 0.3), accounts=(1, 1), honest=HARDLY_HONEST, move=(0.15, 0.4),
              sigmas=8, drawn={"fills": (300, 600)}),
    ),
    "price_spike_into_halt": _scales(
        Scale(share=(0.02, 0.05), accounts=(1, 1), honest=MOSTLY_HONEST, move=(0.05, 0.1),
              sigmas=8, drawn={"fills": (100, 200), "halted_minutes": (5, 10)}),
        Scale(share=(0.05, 0.15), accounts=(1, 1), honest=HALF_HONEST, move=(0.1, 0.2),
              sigmas=8, drawn={"fills": (200, 400), "halted_minutes": (5, 15)}),
        Scale(share=(0.15, 0.3), accounts=(1, 1), honest=HARDLY_HONEST, move=(0.2, 0.4),
              sigmas=8, drawn={"fills": (400, 600), "halted_minutes": (10, 20)}),
    ),
    "volume_spike": _scales(
        Scale(share=(0.4, 1.0), accounts=(3, 6), drawn={"usual_volume": (12, 20)}),
        Scale(share=(0.5, 1.0), accounts=(3, 6), drawn={"usual_volume": (20, 50)}),
        Scale(share=(0.6, 1.0), accounts=(3, 6), drawn={"usual_volume": (50, 120)}),
    ),
    "large_order": _scales(
        Scale(share=(0.5, 1.0), accounts=(1, 1), move=(0.002, 0.008),
              drawn={"slip": (0.002, 0.004), "largest_before": (6, 9)}),
        Scale(share=(0.5, 1.0), accounts=(1, 1), move=(0.004, 0.014),
              drawn={"slip": (0.004, 0.007), "largest_before": (9, 14)}),
        Scale(share=(0.5, 1.0), accounts=(1, 1), move=(0.007, 0.024),
              drawn={"slip": (0.007, 0.012), "largest_before": (14, 22)}),
    ),
}  # fmt: skip

# the typology of a kind that is not named after the detector that should find it
LABELLED_AS = {"wash_triangle": "wash_ring", "price_spike_into_halt": "price_spike"}
TYPOLOGIES = frozenset(LABELLED_AS.get(kind, kind) for kind in SCALES)


def moved(kind: str, severity: Severity) -> Pair:
    """The declared move of an abuse that moves the price."""
    move = SCALES[kind][severity].move
    if move is None:
        raise ValueError(f"{kind} does not move the price")
    return move
