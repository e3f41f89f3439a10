"""The instruments of the simulated market, and the parameters of their usual trading."""

from dataclasses import dataclass
from functools import cached_property

# the reference for the numbers of orders in planted events; a busier symbol has more
USUAL_ORDERS_A_DAY = 5_000.0


@dataclass(frozen=True, kw_only=True)
class Instrument:
    """One symbol; money in quote currency, spreads and slips as log price differences.

    `beta` and `own_volatility` (a day, log return) define its moves with the common factor and
    alone; `median_order` is the notional of the usual taker's order and `touch_depth` the depth at
    the best price, so a larger order sweeps levels `level_gap` apart. `size_spread` widens the
    usual sizes, `size_tail` is the exponent of the large ones, `largest_order` the upper limit of
    an order, in median orders; `clustering` deepens the slow waves of volatility, and `mood` is how
    far the log odds of buying vary, so that sides persist.
    """

    symbol: str
    price_decimals: int
    lot_decimals: int
    first_price: float
    beta: float
    own_volatility: float
    half_spread: float
    level_gap: float
    median_order: float
    touch_depth: float
    popular_lot: float
    orders_a_day: float = USUAL_ORDERS_A_DAY
    size_spread: float = 1.0
    size_tail: float = 2.6
    largest_order: float = 150.0
    clustering: float = 1.0
    mood: float = 0.0

    @cached_property
    def venue_symbol(self) -> str:
        return self.symbol.replace("-", "")

    @cached_property
    def busyness(self) -> float:
        """Orders a day relative to the usual number."""
        return self.orders_a_day / USUAL_ORDERS_A_DAY

    @cached_property
    def tick(self) -> float:
        return 10.0**-self.price_decimals

    @cached_property
    def lot(self) -> float:
        return 10.0**-self.lot_decimals


BTC = Instrument(
    symbol="BTC-USDT",
    price_decimals=2,
    lot_decimals=5,
    first_price=60_800.0,
    beta=1.0,
    own_volatility=0.007,
    half_spread=0.00001,
    level_gap=0.00003,
    median_order=420.0,
    touch_depth=1_600.0,
    popular_lot=0.01,
)
ETH = Instrument(
    symbol="ETH-USDT",
    price_decimals=2,
    lot_decimals=4,
    first_price=2_640.0,
    beta=1.15,
    own_volatility=0.011,
    half_spread=0.00002,
    level_gap=0.00006,
    median_order=260.0,
    touch_depth=950.0,
    popular_lot=0.1,
)
KITE = Instrument(
    symbol="KITE-USDT",
    price_decimals=4,
    lot_decimals=1,
    first_price=0.8571,
    beta=0.9,
    own_volatility=0.032,
    half_spread=0.0003,
    level_gap=0.0005,
    median_order=70.0,
    touch_depth=250.0,
    popular_lot=100.0,
)
INSTRUMENTS = (BTC, ETH, KITE)
