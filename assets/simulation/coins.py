"""The coins of the market of several venues: sizes and volatility as varied as real ones."""

from dataclasses import replace

from assets.simulation.instruments import BTC, ETH, KITE, Instrument

# realism.py compares their statistics with real trades
REAL = {
    "size_spread": 1.9,
    "size_tail": 1.25,
    "largest_order": 4_000.0,
    "clustering": 1.5,
    "mood": 1.7,
}

COINS = (
    replace(BTC, **REAL),
    replace(ETH, **REAL),
    replace(KITE, **REAL),
    Instrument(
        symbol="SOL-USDT",
        price_decimals=2,
        lot_decimals=3,
        first_price=156.4,
        beta=1.4,
        own_volatility=0.016,
        half_spread=0.00004,
        level_gap=0.0001,
        median_order=180.0,
        touch_depth=700.0,
        popular_lot=1.0,
        **REAL,
    ),
    Instrument(
        symbol="XRP-USDT",
        price_decimals=4,
        lot_decimals=0,
        first_price=0.6132,
        beta=1.0,
        own_volatility=0.018,
        half_spread=0.0001,
        level_gap=0.0002,
        median_order=120.0,
        touch_depth=600.0,
        popular_lot=100.0,
        **REAL,
    ),
    Instrument(
        symbol="ADA-USDT",
        price_decimals=4,
        lot_decimals=1,
        first_price=0.3418,
        beta=1.2,
        own_volatility=0.02,
        half_spread=0.0002,
        level_gap=0.0004,
        median_order=90.0,
        touch_depth=380.0,
        popular_lot=500.0,
        **REAL,
    ),
    Instrument(
        symbol="DOT-USDT",
        price_decimals=3,
        lot_decimals=2,
        first_price=4.713,
        beta=1.2,
        own_volatility=0.022,
        half_spread=0.0002,
        level_gap=0.0004,
        median_order=85.0,
        touch_depth=320.0,
        popular_lot=10.0,
        **REAL,
    ),
    Instrument(
        symbol="LARK-USDT",
        price_decimals=5,
        lot_decimals=0,
        first_price=0.04236,
        beta=0.8,
        own_volatility=0.038,
        half_spread=0.0004,
        level_gap=0.0007,
        median_order=60.0,
        touch_depth=210.0,
        popular_lot=1_000.0,
        **REAL,
    ),
)
# twelve trades an hour on each venue: an evaluation has such a market too
RARE = Instrument(
    symbol="MOTH-USDT",
    price_decimals=5,
    lot_decimals=0,
    first_price=0.00814,
    beta=0.6,
    own_volatility=0.045,
    half_spread=0.001,
    level_gap=0.0015,
    median_order=45.0,
    touch_depth=160.0,
    popular_lot=5_000.0,
    **REAL,
)
RARE_TRADES_A_DAY = 12 * 24
# shares of all trades, in the order of COINS
SHARES = (0.27, 0.21, 0.08, 0.14, 0.11, 0.08, 0.06, 0.05)
THIN = ("KITE-USDT", "LARK-USDT")
