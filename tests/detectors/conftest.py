"""A quiet market, the same market with one abuse of each kind, and features of both, in memory."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from duckdb import DuckDBPyConnection, DuckDBPyRelation

from assets.alerts.trades import condition_of, read_trades
from assets.detection.evidence import join_selections
from assets.detection.hits import Hit
from assets.market.window import Window
from assets.transform.build import compute_features, scratch_lake

FIRST_DAY = date(2026, 3, 1)
DAYS = 15
TRADES_A_DAY = 1500
SYMBOLS = {"AAA-USDT": 100.0, "BBB-USDT": 0.02}
# what the abuses are planted on: the last day of the first symbol
ABUSED = "AAA-USDT"
LAST_DAY = FIRST_DAY + timedelta(days=DAYS - 1)

# accounts of the crowd are 1 to CROWD
CROWD = 60
SELF_TRADER, GROWER, TO_AND_FRO, WITH, ONE, OTHER, RUNNER, CLIENT, INSIDER = range(101, 110)
# two accounts that files give one owner
FIRST_OF_OWNER, SECOND_OF_OWNER = 110, 111
# who lead the price
RAMPER, MARKER, IGNITER = range(112, 115)

OpenMarket = Callable[[], AbstractContextManager[DuckDBPyConnection]]


@dataclass
class Tape:
    """Trades of one symbol: seconds since the first midnight, price factor, size, side, accounts.

    An account of 0 is drawn from the crowd.
    """

    seconds: list[np.ndarray] = field(default_factory=list)
    factor: list[np.ndarray] = field(default_factory=list)
    notional: list[np.ndarray] = field(default_factory=list)
    is_buyer: list[np.ndarray] = field(default_factory=list)
    taker: list[np.ndarray] = field(default_factory=list)
    maker: list[np.ndarray] = field(default_factory=list)

    def add(self, seconds, factor, notional, is_buyer, taker=0, maker=0) -> None:
        """Append trades; what is not an array counts for all of them."""
        seconds = np.asarray(seconds, float)
        self.seconds.append(seconds)
        self.factor.append(np.broadcast_to(np.asarray(factor, float), seconds.shape))
        self.notional.append(np.broadcast_to(np.asarray(notional, float), seconds.shape))
        self.is_buyer.append(np.broadcast_to(np.asarray(is_buyer, bool), seconds.shape))
        self.taker.append(np.broadcast_to(np.asarray(taker, int), seconds.shape))
        self.maker.append(np.broadcast_to(np.asarray(maker, int), seconds.shape))


def quiet(random: np.random.Generator) -> Tape:
    """Trades at random times, lognormal sizes, a price that wanders by 0.02 % a trade."""
    tape = Tape()
    count = DAYS * TRADES_A_DAY
    seconds = np.sort(random.uniform(0, DAYS * 86_400, count))
    # every eighth order is filled twice: rush orders are usual
    twice = np.flatnonzero(random.random(count) < 0.125)
    factor = np.exp(np.cumsum(random.normal(0, 2e-4, count)))
    notional = np.exp(random.normal(5, 1, count))
    is_buyer = random.random(count) < 0.5
    tape.add(seconds, factor, notional, is_buyer)
    tape.add(seconds[twice], factor[twice], notional[twice] / 2, is_buyer[twice])
    return tape


def lift(tape: Tape, seconds: list[float], factors: list[float]) -> None:
    """Multiply the prices of the trades so far, between times by a straight line."""
    for n, at in enumerate(tape.seconds):
        tape.factor[n] = tape.factor[n] * np.interp(at, seconds, factors, left=1, right=1)


def plant(tape: Tape, random: np.random.Generator) -> None:
    """One abuse of each kind, hours apart."""
    midnight = (DAYS - 1) * 86_400.0
    price = tape.factor[0][-1]

    def at(hour: float, minute: float = 0) -> float:
        return midnight + hour * 3600 + minute * 60

    # ramp: 160 small buys in forty minutes, up 4 %, and ten minutes back down
    there = tape.factor[0][np.searchsorted(tape.seconds[0], at(1))]
    lift(tape, [at(1), at(1, 40), at(1, 50)], [1, 1.04, 1])
    climb = np.linspace(1, 1.04, 160)
    tape.add(np.linspace(at(1), at(1, 40), 160), there * climb, 150, True, RAMPER)
    # mark: 40 buys in three minutes before a full hour, up 4 %, and ten minutes back down
    lift(tape, [at(3, 57), at(4), at(4, 10)], [1, 1.04, 1])
    push = np.linspace(1, 1.04, 40)
    tape.add(np.linspace(at(3, 57), at(4) - 1, 40), price * push, 600, True, MARKER)
    # pump: 60 sweeps of three fills in 30 s, up 15 %; dump: half an hour back down
    for n in range(60):
        tape.add([at(6) + 3 + n / 2] * 3, price * (1 + 0.15 * n / 60), 2_000, True)
    down = np.linspace(at(6, 1), at(6, 31), 200)
    tape.add(down, price * np.linspace(1.14, 1.0, 200), 300, False)
    # crash: down 12 % in 40 s, back within ten minutes
    tape.add(np.linspace(at(10), at(10) + 40, 80), price * np.linspace(1, 0.88, 80), 500, False)
    tape.add(np.linspace(at(10, 1), at(10, 10), 80), price * np.linspace(0.88, 1, 80), 200, True)
    # spike: a hundred fills of one millisecond lift the price by 40 %, the next trade is back
    tape.add([at(8, 10)] * 100, price * np.linspace(1, 1.4, 100), 400, True)
    # slow pump: 300 buys of one fill in three minutes, up 12 %, and half an hour back down
    lift(tape, [at(12), at(12, 3), at(12, 33)], [1, 1.12, 1])
    tape.add(np.linspace(at(12), at(12, 3), 300), price * np.linspace(1, 1.12, 300), 400, True)
    down = np.linspace(at(12, 3) + 1, at(12, 33), 200)
    tape.add(down, price * np.linspace(1.12, 1, 200), 300, False)
    # large order: five fills in one millisecond
    tape.add([at(13, 7)] * 5, price, 200_000, False)
    # ignition: 30 buys in eight seconds, up 1.2 %, followers up to 2 %, and back in three minutes
    legs = [at(14, 30), at(14, 30) + 8, at(14, 31), at(14, 34)]
    lift(tape, legs, [1, 1.012, 1.02, 1])
    burst = np.linspace(1, 1.012, 30)
    tape.add(np.linspace(legs[0], legs[1], 30), price * burst, 500, True, IGNITER)
    tape.add(np.linspace(legs[1], legs[2], 60)[1:], price * np.linspace(1.012, 1.02, 59), 90, True)
    back = np.linspace(1.02, 1, 79)
    tape.add(np.linspace(legs[2], legs[3], 80)[1:], price * back, 300, False, IGNITER)
    # burst: ten minutes of eighty trades a minute
    burst = np.sort(random.uniform(at(16), at(16, 10), 1600))
    tape.add(burst, price, np.exp(random.normal(6, 1, 1600)), random.random(1600) < 0.5)
    # wash: for an hour, equal sizes from alternating sides half a second apart, at one price
    for n in range(600):
        size = float(np.exp(random.normal(5, 0.5)))
        tape.add([at(19) + 6 * n, at(19) + 6 * n + 0.5], price, size, [True, False])


def plant_accounts(tape: Tape) -> None:
    """Who trades with itself, and more of the like, hours apart; an account has one abuse."""
    midnight = (DAYS - 1) * 86_400.0
    price = tape.factor[0][-1]

    def at(hour: float, minute: float = 0) -> float:
        return midnight + hour * 3600 + minute * 60

    # self-trade: twelve times in ten minutes
    tape.add(at(8) + 50 * np.arange(12), price, 150, True, SELF_TRADER, SELF_TRADER)
    # growing: six times three orders, each two and a half times the one before
    for run in range(6):
        start = at(14) + 540 * run
        tape.add(start + 20 * np.arange(3), price, [300, 800, 2_000], True, GROWER)
    # round trips: ten times buy, sell, buy in half a minute, with one counterparty
    for trip in range(10):
        start = at(21) + 300 * trip
        tape.add(start + 12 * np.arange(3), price, 200, [True, False, True], TO_AND_FRO, WITH)
    # pre-arranged: two accounts meet 24 times in forty minutes, and nobody else
    one, other = np.resize([ONE, OTHER], 24), np.resize([OTHER, ONE], 24)
    tape.add(at(22, 3) + 100 * np.arange(24), price, 150, np.arange(24) % 3 > 0, one, other)
    # front running: twelve times 1.2 s ahead of a client who buys for five times as much
    ahead = at(17, 5) + 200 * np.arange(12)
    tape.add(ahead, price, 300, True, RUNNER)
    tape.add(ahead + 1.2, price * 1.001, 1_500, True, CLIENT)
    tape.add(ahead + 20, price * 1.002, 300, False, RUNNER)
    # one owner: one of its accounts buys from the other eight times in four minutes
    tape.add(at(18, 1) + 30 * np.arange(8), price, 120, True, FIRST_OF_OWNER, SECOND_OF_OWNER)
    # pump account: buys in the hour before the pump, a ninth of what is traded, and sells into it
    tape.add(at(5, 8) + 480 * np.arange(6), price, 300, True, INSIDER)
    tape.add(at(6, 1) + 60 * np.arange(6), price * 1.1, 300, False, INSIDER)


def accounts(tape: Tape, order: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Takers and makers by name, those that were not planted drawn from the crowd."""
    random = np.random.default_rng(7)
    taker, maker = np.concatenate(tape.taker)[order], np.concatenate(tape.maker)[order]
    drawn = random.integers(1, CROWD + 1, len(order))
    taker = np.where(taker == 0, drawn, taker)
    # never oneself
    others = (drawn + random.integers(1, CROWD, len(order)) - 1) % CROWD + 1
    maker = np.where(maker == 0, others, maker)
    return tuple(np.array([f"T{n:04d}" for n in side]) for side in (taker, maker))


def trades(tape: Tape, symbol: str, price: float) -> pa.Table:
    """The tape as rows of core.trades."""
    seconds = np.concatenate(tape.seconds)
    order = np.argsort(seconds, kind="stable")
    start_at = np.datetime64(FIRST_DAY, "us")
    traded_at = start_at + (seconds[order] * 1e3).astype("int64").astype("timedelta64[ms]")
    prices = np.round(np.concatenate(tape.factor)[order] * price, 8)
    quantities = np.round(np.concatenate(tape.notional)[order] / prices, 4)
    is_buyer = np.concatenate(tape.is_buyer)[order]
    taker, maker = accounts(tape, order)
    return pa.table(
        {
            "symbol": pa.array([symbol] * len(order)),
            "trade_id": pa.array([str(n + 1) for n in range(len(order))]),
            "aggressor_side": pa.array(np.where(is_buyer, "buyer", "seller")),
            "price_double": prices,
            "quantity_double": quantities,
            "buyer_account_id": np.where(is_buyer, taker, maker),
            "seller_account_id": np.where(is_buyer, maker, taker),
            "traded_at": traded_at,
        }
    )


INSERT = """
    insert into lake.core.trades by name
    select
        'simulated' as venue,
        *,
        price_double::decimal(38, 18) as price,
        quantity_double::decimal(38, 18) as quantity,
        (price_double * quantity_double)::decimal(38, 12) as notional,
        (price_double * quantity_double)::decimal(38, 12) as notional_usd,
        1 as fill_count,
        true as is_on_book,
        'test' as source,
        row_number() over () as source_line,
        row_number() over () as sequence,
        traded_at::date as trade_day,
    from tape
"""


OWNERS = """
    insert into lake.core.accounts by name
    select 'simulated' as venue, unnest(['T0110', 'T0111']) as account_id, 'twins' as owner_id;
    insert into lake.core.owners by name select 'twins' as owner_id, 2 as account_count
"""


def fill(connection: DuckDBPyConnection, *, is_abused: bool) -> None:
    """Put fifteen days of both symbols into core.trades, and an owner of two accounts."""
    for seed, (symbol, price) in enumerate(SYMBOLS.items()):
        random = np.random.default_rng(seed)
        made = quiet(random)
        if is_abused and symbol == ABUSED:
            plant(made, random)
            plant_accounts(made)
        tape = trades(made, symbol, price)
        connection.register("tape", tape)
        connection.execute(INSERT)
        connection.unregister("tape")
    connection.execute(OWNERS)


@pytest.fixture(scope="session")
def dbt_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the compiled models of this session are kept."""
    return tmp_path_factory.mktemp("compiled")


@pytest.fixture(scope="session")
def whole_market() -> Window:
    """All days of the market."""
    return Window.of_days(FIRST_DAY, LAST_DAY)


@pytest.fixture(scope="session")
def last_day() -> Window:
    """The day to judge; the others are its past."""
    return Window.of_day(LAST_DAY)


@pytest.fixture(scope="session")
def quiet_market(dbt_root: Path, whole_market: Window) -> Iterator[DuckDBPyConnection]:
    """Features of a market in which nobody does anything wrong."""
    with scratch_lake(dbt_root) as connection:
        fill(connection, is_abused=False)
        compute_features(connection, whole_market, dbt_root)
        yield connection


@pytest.fixture(scope="session")
def abused_market(dbt_root: Path, whole_market: Window) -> Iterator[DuckDBPyConnection]:
    """Features of the same market, its last day with one abuse of each kind."""
    with scratch_lake(dbt_root) as connection:
        fill(connection, is_abused=True)
        compute_features(connection, whole_market, dbt_root)
        yield connection


@pytest.fixture
def midnight() -> datetime:
    """The start of the last day."""
    return Window.of_day(LAST_DAY).start_at


@pytest.fixture
def trades_of() -> Callable[[DuckDBPyConnection, Hit], list[dict[str, Any]]]:
    """The trades of `lake.core.trades` that a hit's evidence selects, in order of time."""

    def read(connection: DuckDBPyConnection, hit: Hit) -> list[dict[str, Any]]:
        selections = join_selections([json.loads(hit.evidence)["trades"]])
        condition = condition_of(asdict(hit) | {"evidence": json.dumps({"trades": selections})})
        assert condition is not None
        columns = "trade_id, symbol, traded_at, aggressor_side, notional::double as notional"
        return read_trades(connection, condition, columns=columns)

    return read


@pytest.fixture
def relation() -> Iterator[Callable[[list[dict[str, Any]]], DuckDBPyRelation]]:
    """Make relations of one connection from rows written down by a test."""
    with duckdb.connect(":memory:") as connection:
        yield lambda rows: connection.from_arrow(pa.Table.from_pylist(rows))
