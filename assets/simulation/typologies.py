"""Every abuse that can be planted in a market, by name, and its longest duration."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from assets.simulation.abuse.flash_crash import flash_crash
from assets.simulation.abuse.front_running import front_running
from assets.simulation.abuse.large_order import large_order
from assets.simulation.abuse.layering import layering
from assets.simulation.abuse.marking_the_reference import marking_the_reference
from assets.simulation.abuse.momentum_ignition import momentum_ignition
from assets.simulation.abuse.price_spike import price_spike
from assets.simulation.abuse.pump_and_dump import pump_and_dump
from assets.simulation.abuse.quote_stuffing import quote_stuffing
from assets.simulation.abuse.ramping import ramping
from assets.simulation.abuse.spoofing import spoofing
from assets.simulation.abuse.volume_burst import modest_volume_burst
from assets.simulation.abuse.wash_trading import wash_pair, wash_self, wash_trading
from assets.simulation.episodes import Severity
from assets.simulation.honest.block_trade import block_trade
from assets.simulation.honest.maker_crossing import maker_crossing
from assets.simulation.honest.twap_buyer import twap_buyer
from assets.simulation.scene import Planted, Scene

Plant = Callable[[np.random.Generator, Scene, int, Severity], Planted]


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
    "wash_self": Abuse(wash_self, 5_400),
    "wash_pair": Abuse(wash_pair, 5_400),
    "wash_ring": Abuse(wash_trading, 5_400),
    "spoofing": Abuse(spoofing, 1_100),
    "layering": Abuse(layering, 1_300),
    "quote_stuffing": Abuse(quote_stuffing, 300),
    "pump_and_dump": Abuse(pump_and_dump, 2_300),
    "ramping": Abuse(ramping, 4_800),
    "marking_the_reference": Abuse(marking_the_reference, 4_700),
    "momentum_ignition": Abuse(momentum_ignition, 600, lasts=165),
    "front_running": Abuse(front_running, 5_300),
    "flash_crash": Abuse(flash_crash, 1_510),
    "price_spike": Abuse(price_spike, 2),
    "volume_spike": Abuse(modest_volume_burst, 730),
    "large_order": Abuse(large_order, 610, lasts=1),
}
HONEST = {
    "block_trade": block_trade,
    "twap_buyer": twap_buyer,
    "maker_crossing": maker_crossing,
}
