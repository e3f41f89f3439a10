"""Markets in which nothing is planted: what a detector finds in them, it finds by chance.

A class of liquidity is a number of trades a day; a source fills an order from many resting ones,
or reports one fill an order.
"""

from pathlib import Path as FilePath
from typing import Literal

from assets.simulation.accounts import Accounts, population
from assets.simulation.background import DAY, background
from assets.simulation.coins import COINS
from assets.simulation.market import ABUSE_DAY
from assets.simulation.market_plan import first_midnight_of
from assets.simulation.parquet_files import write_table
from assets.simulation.randomness import stream
from assets.simulation.symbol_market import symbol_market
from assets.simulation.trade_tables import Ids, trade_table
from assets.simulation.venues import VENUES

Liquidity = Literal["thin", "middling", "busy"]
Source = Literal["sweeps", "one fill an order"]
LIQUIDITY: tuple[Liquidity, ...] = ("thin", "middling", "busy")
SOURCES: tuple[Source, ...] = ("sweeps", "one fill an order")
TRADES_A_DAY: dict[Liquidity, int] = {"thin": 288, "middling": 3_000, "busy": 20_000}
MOST_FILLS: dict[Source, int | None] = {"sweeps": None, "one fill an order": 1}
SYMBOLS = len(COINS) * len(VENUES)
"""Markets of each day."""


def write_clean_market(
    seed: int, days: int, liquidity: Liquidity, source: Source, folder: FilePath
) -> int:
    """Write `trades/` of some days of every coin on every venue; return the symbol-days."""
    trades = dict.fromkeys(VENUES, TRADES_A_DAY[liquidity] * days)
    accounts = Accounts.draw(stream(seed, "accounts"), population(sum(trades.values())))
    midnight = first_midnight_of(ABUSE_DAY, days)
    (folder / "trades").mkdir(parents=True, exist_ok=True)
    for place, coin in enumerate(COINS):
        path = background(seed, [coin], days, midnight.weekday())[coin.symbol]
        window = slice(0, days * DAY)
        made = symbol_market(seed, path, accounts, [], trades, window, MOST_FILLS[source])
        for market in made.markets:
            table = trade_table(market, Ids(market, place), midnight)
            name = f"{market.venue.name}_{coin.symbol}.parquet"
            write_table(table, folder / "trades" / name, "trades")
    return SYMBOLS * days
