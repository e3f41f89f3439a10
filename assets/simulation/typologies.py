"""Every abuse and every honest look-alike that can be planted in a market, by name."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from assets.simulation.abuse.flash_crash import flash_crash
from assets.simulation.abuse.front_running import front_running
from assets.simulation.abuse.growing_notionals import growing_notionals
from assets.simulation.abuse.large_order import large_order
from assets.simulation.abuse.layering import layering
from assets.simulation.abuse.marking_the_reference import marking_the_reference
from assets.simulation.abuse.momentum_ignition import momentum_ignition
from assets.simulation.abuse.pre_arranged_pair import pre_arranged_pair
from assets.simulation.abuse.price_spike import price_spike, price_spike_into_halt
from assets.simulation.abuse.pump_account import pump_account
from assets.simulation.abuse.pump_and_dump import pump_and_dump
from assets.simulation.abuse.quote_stuffing import quote_stuffing
from assets.simulation.abuse.ramping import ramping
from assets.simulation.abuse.round_trip import round_trip
from assets.simulation.abuse.self_trade import self_trade
from assets.simulation.abuse.slow_pump import slow_pump
from assets.simulation.abuse.spoofing import spoofing
from assets.simulation.abuse.volume_burst import modest_volume_burst
from assets.simulation.abuse.wash_ring import wash_ring, wash_triangle
from assets.simulation.abuse.wash_trading import wash_trading
from assets.simulation.episodes import Severity
from assets.simulation.honest.block_trade import block_trade
from assets.simulation.honest.copy_group import copy_group
from assets.simulation.honest.flat_arbitrageur import flat_arbitrageur
from assets.simulation.honest.liquidation_cascade import liquidation_cascade
from assets.simulation.honest.maker_crossing import maker_crossing
from assets.simulation.honest.makers_all_day import makers_all_day
from assets.simulation.honest.twap_buyer import twap_buyer
from assets.simulation.scene import Planted, Scene

Plant = Callable[[np.random.Generator, Scene, int, Severity], Planted]
PlantHonest = Callable[[np.random.Generator, Scene, int], Planted]


@dataclass(frozen=True)
class Abuse:
    """How an abuse is planted; it is over `longest` seconds after its start at the latest.

    `lasts` is the time to its last order, if the price takes longer to settle.
    """

    plant: Plant
    longest: int
    lasts: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "lasts", self.lasts or self.longest)


ABUSES = {
    "wash_trading": Abuse(wash_trading, 5_400),
    "wash_ring": Abuse(wash_ring, 28_800),
    "wash_triangle": Abuse(wash_triangle, 5_400),
    "self_trade": Abuse(self_trade, 3_600),
    "pre_arranged_pair": Abuse(pre_arranged_pair, 5_400),
    "round_trip": Abuse(round_trip, 3_600),
    "growing_notionals": Abuse(growing_notionals, 3_600),
    "spoofing": Abuse(spoofing, 1_100),
    "layering": Abuse(layering, 1_300),
    "quote_stuffing": Abuse(quote_stuffing, 300),
    "pump_and_dump": Abuse(pump_and_dump, 2_300),
    "pump_account": Abuse(pump_account, 4_700),
    "slow_pump": Abuse(slow_pump, 2_050),
    "ramping": Abuse(ramping, 4_800),
    "marking_the_reference": Abuse(marking_the_reference, 4_700),
    "momentum_ignition": Abuse(momentum_ignition, 600, lasts=165),
    "front_running": Abuse(front_running, 5_300),
    "flash_crash": Abuse(flash_crash, 1_510),
    "price_spike": Abuse(price_spike, 2),
    "price_spike_into_halt": Abuse(price_spike_into_halt, 2_402, lasts=2),
    "volume_spike": Abuse(modest_volume_burst, 730),
    "large_order": Abuse(large_order, 610, lasts=1),
}
HONEST: dict[str, PlantHonest] = {
    "block_trade": block_trade,
    "twap_buyer": twap_buyer,
    "maker_crossing": maker_crossing,
    "liquidation_cascade": liquidation_cascade,
}
HONEST_ALL_DAY: dict[str, PlantHonest] = {
    "makers_all_day": makers_all_day,
    "flat_arbitrageur": flat_arbitrageur,
    "copy_group": copy_group,
}
"""From their second on for a day; other events overlap them."""
