"""Price spike: one order sweeps hundreds of fills in a millisecond, far from the market."""

import numpy as np

from assets.simulation.abusers import drawn, honest_flow, quiet_accounts, size_of_move
from assets.simulation.episodes import Severity
from assets.simulation.orders import BUY, SELL, Orders
from assets.simulation.scene import Planted, Scene, route
from assets.simulation.severities import SCALES

TYPOLOGY = "price_spike"
MINUTE = 60


def price_spike(
    random: np.random.Generator, scene: Scene, start: int, severity: Severity
) -> Planted:
    """Plant one order up or down through the book, without permanent impact."""
    side = BUY if random.random() < 0.5 else SELL
    orders, honest, move, fills = _sweep(random, scene, start, severity, "price_spike", side)
    return Planted(
        orders,
        scene.abuse(
            TYPOLOGY,
            start * 1_000,
            (start + 1) * 1_000,
            severity,
            f"One order of {fills} fills prints {side * move:+.1%} away; the next is back.",
        ),
        honest=honest,
    )


def price_spike_into_halt(
    random: np.random.Generator, scene: Scene, start: int, severity: Severity
) -> Planted:
    """Plant one order up that ends in a halt; a part of the move is left when it reopens."""
    scale = SCALES["price_spike_into_halt"][severity]
    kind = "price_spike_into_halt"
    halted = MINUTE * drawn(random, scale, "halted_minutes")
    orders, honest, move, fills = _sweep(random, scene, start, severity, kind, BUY, halted)
    back = halted + 1_200
    top = np.log1p(move)
    return Planted(
        orders,
        scene.abuse(
            TYPOLOGY,
            start * 1_000,
            (start + 1) * 1_000,
            severity,
            f"One order of {fills} fills lifts the price {move:+.1%}; then nobody trades for "
            f"{halted // MINUTE} minutes.",
        ),
        # from its own second on, the order itself would have the later price
        start + 2,
        top * route(back, (0, 1), (halted, 0.6), (back, random.uniform(0.1, 0.4))),
        honest=honest,
        halt=(start + 1, start + 1 + halted),
    )


def _sweep(
    random: np.random.Generator,
    scene: Scene,
    start: int,
    severity: Severity,
    kind: str,
    side: int,
    halted: int = 0,
) -> tuple[Orders, Orders, float, int]:
    """The order, its account's honest ones, its move as a ratio, and its fills."""
    scale = SCALES[kind][severity]
    at_ms = np.array([start * 1_000 + random.integers(0, 1_000)])
    move = size_of_move(random, scene, kind, severity, start, 1)
    fills = scene.at_most(drawn(random, scale, "fills"))
    account = quiet_accounts(random, scene, start, scale)
    money = scene.money_for(random.uniform(*scale.share), start, 1, halted)
    # the price is as far away as the move where the order ends
    slip = np.log1p(side * move) * side - scene.instrument.half_spread
    order = Orders.of(
        at_ms, side, np.maximum(scene.lots(money, at_ms), fills), account,
        event="PRICE_SPIKE", fills=fills, slip=slip,
    )  # fmt: skip
    return order, honest_flow(random, scene, account, money, start, scale), move, fills
