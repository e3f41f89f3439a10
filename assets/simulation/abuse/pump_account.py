"""Pump accounts: insiders buy in the half hour before a pump and sell into it."""

from dataclasses import replace

import numpy as np

from assets.simulation.abuse.pump_and_dump import pump_and_dump
from assets.simulation.abusers import honest_flow, quiet_accounts
from assets.simulation.episodes import Severity
from assets.simulation.orders import BUY, SELL, Orders
from assets.simulation.scene import Planted, Scene, moments, shares
from assets.simulation.severities import SCALES

TYPOLOGY = "pump_account"
EVENT = "INSIDER"


def pump_account(
    random: np.random.Generator, scene: Scene, start: int, severity: Severity
) -> Planted:
    """Plant a pump, and before it the purchases of a few others, who sell while it lasts."""
    scale = SCALES[TYPOLOGY][severity]
    before = int(random.integers(1_200, 2_401))
    pump = pump_and_dump(random, scene, start + before, severity)
    insiders = quiet_accounts(random, scene, start, scale)
    money = scene.money_for(random.uniform(*scale.drawn["share_before"]), start, before)
    buys = len(insiders) * max(scene.many(random.integers(6, 12)), 3)
    sells = len(insiders) * max(scene.many(random.integers(3, 6)), 2)
    buys_ms = moments(random, start, before, buys)
    # from the first follower on, up to the pump's end
    first, last = pump.episode.start_ms / 1_000 + 30, pump.episode.end_ms / 1_000
    sells_ms = moments(random, first, last - first, sells, early=1.6)
    lots = scene.lots(shares(random, money, buys, 0.5), buys_ms)
    sold = np.maximum(np.rint(lots.sum() * shares(random, 0.95, sells, 0.5)), 1)
    insider_orders = (
        Orders.of(buys_ms, BUY, lots, np.resize(insiders, buys), event=EVENT),
        Orders.of(sells_ms, SELL, sold, np.resize(insiders, sells), event=EVENT),
    )
    names = ", ".join(scene.accounts.name(number) for number in sorted(insiders))
    inside = scene.abuse(
        TYPOLOGY,
        start * 1_000,
        pump.episode.end_ms,
        severity,
        f"{names} buy in the {before // 60} minutes before a pump and sell into it.",
        event=EVENT,
    )
    return replace(
        pump,
        orders=Orders.together([pump.orders, *insider_orders]),
        episode=inside,
        also=(pump.episode,),
        honest=honest_flow(random, scene, insiders, 2 * money, start, scale),
    )
