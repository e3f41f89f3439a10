"""A market of several venues as files: trades, order events and transfers, and what was planted."""

import multiprocessing
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from pathlib import Path as FilePath

import numpy as np

from assets.simulation.accounts import Accounts, population
from assets.simulation.background import DAY, background
from assets.simulation.coins import COINS, SHARES
from assets.simulation.labels import Label, market_labels, write_market_labels
from assets.simulation.market import ABUSE_DAY
from assets.simulation.order_events import order_events
from assets.simulation.parquet_files import write_table
from assets.simulation.randomness import stream
from assets.simulation.schedule import Occasion, schedule
from assets.simulation.symbol_market import SymbolMarket, symbol_market
from assets.simulation.trade_tables import Ids, trade_table
from assets.simulation.transfers import transfers_beside, write_transfers
from assets.simulation.venues import VENUES, Venue

FEWEST, SMALL, MEDIUM = 20_000, 200_000, 2_000_000
# starting other processes is worth it from so many trades on
ALONE = 400_000
PROCESSES = 2


@dataclass(frozen=True)
class MarketSize:
    """How many trades, over how many coins and days."""

    trades: int
    coins: int
    days: int

    @classmethod
    def of(cls, trades: int) -> "MarketSize":
        if trades < FEWEST:
            raise ValueError(
                f"a market of several venues has {FEWEST:,} trades or more, was {trades:,}"
            )
        days = 3 if trades < MEDIUM else 7
        return cls(trades, 3 if trades < SMALL else len(COINS), days)

    @property
    def first_midnight(self) -> datetime:
        return datetime.combine(ABUSE_DAY - timedelta(days=self.days - 1), time.min)

    @property
    def last_day(self) -> date:
        return ABUSE_DAY

    def trades_of(self, coin: int) -> dict[Venue, int]:
        """Trades of one coin by venue; together they are exactly those of the market."""
        shares = np.outer(SHARES[: self.coins], [venue.share for venue in VENUES])
        ends = np.rint(np.cumsum(shares / shares.sum()) * self.trades).astype(np.int64)
        counts = np.diff(ends, prepend=0).reshape(shares.shape)[coin]
        return dict(zip(VENUES, map(int, counts), strict=True))


@dataclass(frozen=True)
class WrittenMarket:
    """Where the files are; counts are rows of trades, order events, transfers and labels."""

    trades_folder: FilePath
    labels_file: FilePath
    trades: int
    order_events: int
    transfers: int
    episodes: int
    abuses: int


@dataclass(frozen=True)
class _Written:
    trades: int
    order_events: int
    labels: list[Label]


def write_market(
    trades: int, seed: int, out: FilePath, *, with_orders: bool = False
) -> WrittenMarket:
    """Write a market of exactly so many trades below a folder; same seed, same bytes.

    `trades/` and `orders/` hold a file a venue and symbol, `transfers/` what wallets sent each
    other, `labels.parquet` everything planted. Raises ValueError for a number of trades that no
    market can have.
    """
    size = MarketSize.of(trades)
    occasions = schedule(seed, _symbols(size), size.days, trades)
    for folder in ("trades", "orders") if with_orders else ("trades",):
        (out / folder).mkdir(parents=True, exist_ok=True)
    write = partial(_write_coin, seed, size, occasions, out, with_orders)
    written = list(_everywhere(write, range(size.coins), trades))
    transfers = transfers_beside(seed, size.days, size.first_midnight.weekday(), trades)
    write_transfers(transfers, size.first_midnight, out / "transfers")
    labels = [label for one in written for label in one.labels] + transfers.labels
    labels_file = out / "labels.parquet"
    rows = write_market_labels(labels, size.first_midnight, labels_file)
    return WrittenMarket(
        trades_folder=out / "trades",
        labels_file=labels_file,
        trades=sum(one.trades for one in written),
        order_events=sum(one.order_events for one in written),
        transfers=len(transfers.rows),
        episodes=len(rows),
        abuses=sum(row["is_abuse"] for row in rows),
    )


def coin_market(
    seed: int, size: MarketSize, accounts: Accounts, occasions: Iterable[Occasion], coin: int
) -> SymbolMarket:
    """One coin of a market, in memory."""
    instrument = COINS[coin]
    weekday = size.first_midnight.weekday()
    return symbol_market(
        seed,
        background(seed, [instrument], size.days, weekday)[instrument.symbol],
        accounts,
        [one for one in occasions if instrument.symbol in one.symbols],
        size.trades_of(coin),
        slice(0, size.days * DAY),
    )


def _write_coin(
    seed: int,
    size: MarketSize,
    occasions: list[Occasion],
    out: FilePath,
    with_orders: bool,
    coin: int,
) -> _Written:
    accounts = Accounts.draw(stream(seed, "accounts"), population(size.trades))
    made = coin_market(seed, size, accounts, occasions, coin)
    labels, trades, events = [], 0, 0
    for market in made.markets:
        ids = Ids(market, coin)
        labels += market_labels(made.episodes, market, ids)
        name = f"{market.venue.name}_{market.path.instrument.symbol}.parquet"
        table = trade_table(market, ids, size.first_midnight)
        write_table(table, out / "trades" / name, "trades")
        trades += table.num_rows
        if with_orders:
            random = stream(seed, "quotes", market.path.instrument.symbol, market.venue.name)
            table = order_events(random, market, accounts, ids, size.first_midnight)
            write_table(table, out / "orders" / name, "orders")
            events += table.num_rows
    return _Written(trades, events, labels)


def _everywhere(write: "partial[_Written]", coins: range, trades: int) -> Iterable[_Written]:
    if trades < ALONE:
        return map(write, coins)
    with ProcessPoolExecutor(PROCESSES, multiprocessing.get_context("spawn")) as pool:
        return list(pool.map(write, coins))


def _symbols(size: MarketSize) -> list[str]:
    return [coin.symbol for coin in COINS[: size.coins]]
