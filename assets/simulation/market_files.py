"""A market of several venues as files: trades, order events, transfers and labels."""

import multiprocessing
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path as FilePath

from assets.simulation.labels import Label, market_labels, write_market_labels
from assets.simulation.market_plan import MarketPlan, coin_market
from assets.simulation.order_events import order_events
from assets.simulation.parquet_files import write_table
from assets.simulation.randomness import stream
from assets.simulation.trade_tables import Ids, trade_table
from assets.simulation.transfers import transfers_beside, write_transfers

# from this many trades on, starting other processes is worth it
ALONE = 400_000
PROCESSES = 2


@dataclass(frozen=True)
class WrittenMarket:
    """The files; counts are rows of trades, order events, transfers and labels."""

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
    """Write a market of exactly this many trades below a folder; same seed, same bytes.

    `trades/` and `orders/` have one file per venue and symbol, `transfers/` the transfers between
    wallets, `labels.parquet` all planted episodes. Raises ValueError for an impossible number of
    trades.
    """
    plan = MarketPlan.of_days(trades, seed)
    transfers = transfers_beside(seed, plan.days, plan.first_midnight.weekday(), trades)
    write_transfers(transfers, plan.first_midnight, out / "transfers")
    return write_plan(plan, out, transfers.labels, len(transfers.rows), with_orders=with_orders)


def write_plan(
    plan: MarketPlan,
    out: FilePath,
    transfer_labels: Sequence[Label] = (),
    transfer_count: int = 0,
    *,
    with_orders: bool = False,
) -> WrittenMarket:
    """Write a planned market's trades and labels, those of its transfers included."""
    for folder in ("trades", "orders") if with_orders else ("trades",):
        (out / folder).mkdir(parents=True, exist_ok=True)
    written = list(_everywhere(partial(_write_coin, plan, out, with_orders), plan))
    labels = [*(label for one in written for label in one.labels), *transfer_labels]
    labels_file = out / "labels.parquet"
    rows = write_market_labels(labels, plan.first_midnight, labels_file)
    return WrittenMarket(
        trades_folder=out / "trades",
        labels_file=labels_file,
        trades=sum(one.trades for one in written),
        order_events=sum(one.order_events for one in written),
        transfers=transfer_count,
        episodes=len(rows),
        abuses=sum(row["is_abuse"] for row in rows),
    )


def _write_coin(plan: MarketPlan, out: FilePath, with_orders: bool, coin: int) -> _Written:
    made = coin_market(plan, coin)
    labels, trades, events = [], 0, 0
    for market in made.markets:
        ids = Ids(market, coin, plan.days_before)
        labels += market_labels(made.episodes, market, ids)
        symbol, venue = market.path.instrument.symbol, market.venue.name
        name = f"{venue}_{symbol}.parquet"
        table = trade_table(market, ids, plan.first_midnight)
        write_table(table, out / "trades" / name, "trades")
        trades += table.num_rows
        if with_orders:
            random = stream(plan.drawn_from, "quotes", symbol, venue)
            table = order_events(random, market, plan.accounts, ids, plan.first_midnight)
            write_table(table, out / "orders" / name, "orders")
            events += table.num_rows
    return _Written(trades, events, labels)


def _everywhere(write: "partial[_Written]", plan: MarketPlan) -> Iterable[_Written]:
    coins = range(plan.coins)
    if plan.trades < ALONE:
        return map(write, coins)
    with ProcessPoolExecutor(PROCESSES, multiprocessing.get_context("spawn")) as pool:
        return list(pool.map(write, coins))
