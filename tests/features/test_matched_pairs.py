"""Matched pairs against their definition, and their closed form against shuffled sides."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from duckdb import DuckDBPyConnection

from assets.detectors.trades.wash_trading import Params, wash_trading
from assets.market.window import Window
from assets.transform.build import compute, scratch_lake
from assets.transform.compiled_models import models

START_AT = datetime(2026, 3, 2)
CELL = timedelta(minutes=5)
MODELS = ("bars_1s", "bars_5s", "bars_1m", "bars_5m", "matched_pairs_5m", "matched_pairs_30m")
# thresholds that hold nothing back: for reading p-values
LOOSE = Params(
    max_p_value=0.0999,
    min_matched_share=1e-9,
    min_excess_share=1e-9,
    min_matched_pairs=2,
    min_matched_cells=1,
)


@dataclass(frozen=True)
class Orders:
    """Orders of one trade each in one cell; `follows` says which come at once after the last."""

    is_buyer: np.ndarray
    quantity: np.ndarray
    follows: np.ndarray

    @property
    def weights(self) -> np.ndarray:
        """The quantity of each pair of neighbours, 0 where they are none."""
        is_pair = self.follows[1:] & (self.quantity[1:] == self.quantity[:-1])
        return np.where(is_pair, self.quantity[1:], 0.0)

    def with_sides(self, is_buyer: np.ndarray) -> "Orders":
        return replace(self, is_buyer=is_buyer)


def opposite_quantity(is_buyer: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The statistic: quantity of the pairs whose sides differ, along the last axis."""
    return ((is_buyer[..., 1:] != is_buyer[..., :-1]) * weights).sum(axis=-1)


def drawn(
    random: np.random.Generator, count: int, buyers: float, pairs: float, chain: float, tail: float
) -> Orders:
    """Random orders: how many buy, pair with the one before, do so once more; how sizes spread."""
    quantity = np.round(np.exp(random.normal(0, tail, count)), 4) + 0.01 * np.arange(count)
    follows = random.random(count) < pairs
    for n in range(1, count):
        follows[n] = random.random() < (chain if follows[n - 1] else pairs)
        if follows[n]:
            quantity[n] = quantity[n - 1]
    follows[0] = False
    is_buyer = np.arange(count) < max(1, round(buyers * count))
    return Orders(random.permutation(is_buyer), quantity, follows)


def tape(symbol: str, cells: Sequence[Orders]) -> pa.Table:
    """The orders as trades: half a second apart where they follow, else three quarters.

    Whatever does not follow has another quantity, so that it makes no pair.
    """
    times, sides, quantities = [], [], []
    for place, orders in enumerate(cells):
        step = (CELL / timedelta(milliseconds=1)) / (len(orders.quantity) + 1)
        gaps = np.full(len(orders.quantity), min(step, 400.0))
        milliseconds = np.cumsum(gaps).astype("int64")
        start_at = np.datetime64(START_AT + place * CELL, "us")
        times.append(start_at + milliseconds.astype("timedelta64[ms]"))
        sides.append(np.where(orders.is_buyer, "buyer", "seller"))
        quantities.append(orders.quantity)
    count = sum(map(len, times))
    return pa.table(
        {
            "symbol": pa.array([symbol] * count),
            "trade_id": pa.array([str(n) for n in range(count)]),
            "aggressor_side": pa.array(np.concatenate(sides)),
            "price": np.full(count, 10.0),
            "quantity": np.concatenate(quantities),
            "traded_at": np.concatenate(times),
        }
    )


def trades(*rows: tuple[int, str | None, float, float]) -> pa.Table:
    """Trades from (millisecond, side, quantity, price)."""
    milliseconds, sides, quantities, prices = zip(*rows, strict=True)
    return pa.table(
        {
            "symbol": pa.array(["A"] * len(rows)),
            "trade_id": pa.array([str(n) for n in range(len(rows))]),
            "aggressor_side": pa.array(sides, pa.string()),
            "price": pa.array(prices, pa.float64()),
            "quantity": pa.array(quantities, pa.float64()),
            "traded_at": pa.array(
                [START_AT + timedelta(milliseconds=n) for n in milliseconds], pa.timestamp("us")
            ),
        }
    )


@pytest.fixture
def scratch(dbt_root: Path) -> Iterator[DuckDBPyConnection]:
    """An empty lake in memory."""
    with scratch_lake(dbt_root) as connection:
        yield connection


@pytest.fixture
def compute_pairs(scratch: DuckDBPyConnection, dbt_root: Path) -> Callable[..., None]:
    """Compute the feature over a window, and the bars that it reads."""

    def run(start_at: datetime, end_at: datetime) -> None:
        chosen = [model for model in models(dbt_root) if model.name in MODELS]
        compute(scratch, Window(start_at, end_at), chosen)

    return run


@pytest.fixture
def insert(scratch: DuckDBPyConnection) -> Callable[[pa.Table], None]:
    """Append trades (symbol, trade_id, aggressor_side, price, quantity, traded_at)."""

    def append(tape: pa.Table) -> None:
        scratch.register("tape", tape)
        scratch.execute(
            """
            insert into lake.core.trades by name
            select
                'test' as venue,
                symbol,
                trade_id,
                aggressor_side,
                price::decimal(38, 18) as price,
                quantity::decimal(38, 18) as quantity,
                price as price_double,
                quantity as quantity_double,
                (price * quantity)::decimal(38, 12) as notional,
                1 as fill_count,
                true as is_on_book,
                trade_id::bigint as sequence,
                traded_at,
                traded_at::date as trade_day,
            from tape
            """
        )
        scratch.unregister("tape")

    return append


@pytest.fixture
def matched(
    scratch: DuckDBPyConnection,
    insert: Callable[[pa.Table], None],
    compute_pairs: Callable[..., None],
) -> Callable[[pa.Table], list[dict]]:
    """Compute the feature of some trades; give its rows by symbol and cell."""

    def computed(tape: pa.Table) -> list[dict]:
        insert(tape)
        compute_pairs(START_AT, START_AT + 12 * CELL)
        found = scratch.execute(
            "select * from lake.features.matched_pairs_5m order by symbol, cell_start_at"
        )
        return found.to_arrow_table().to_pylist()

    return computed


BUYER, SELLER = "buyer", "seller"


@pytest.mark.parametrize(
    ("second", "is_pair"),
    [
        pytest.param((900, SELLER, 2.0, 10.0), True, id="opposite"),
        pytest.param((1_000, SELLER, 2.0, 10.001), True, id="a second and a basis point apart"),
        pytest.param((1_001, SELLER, 2.0, 10.0), False, id="more than a second apart"),
        pytest.param((900, SELLER, 2.0, 10.002), False, id="at another price"),
        pytest.param((900, SELLER, 2.1, 10.0), False, id="of another quantity"),
        pytest.param((900, None, 2.0, 10.0), False, id="of unknown side"),
        pytest.param((0, BUYER, 2.0, 10.0), False, id="two fills of one order"),
        pytest.param((0, SELLER, 2.0, 10.0), True, id="two orders of one millisecond"),
    ],
)
def test_a_pair_is_two_orders_of_equal_quantity_a_second_apart(
    matched: Callable[[pa.Table], list[dict]],
    second: tuple[int, str | None, float, float],
    is_pair: bool,
) -> None:
    (cell,) = matched(trades((0, BUYER, 2.0, 10.0), second))

    assert cell["pair_count"] == int(is_pair)
    assert cell["opposite_pair_count"] == int(is_pair)
    assert cell["matched_quantity"] == (4.0 if is_pair else 0.0)


def test_neighbours_of_one_side_are_a_pair_but_no_match(
    matched: Callable[[pa.Table], list[dict]],
) -> None:
    (cell,) = matched(trades((0, BUYER, 2.0, 10.0), (500, BUYER, 2.0, 10.0)))

    assert (cell["pair_count"], cell["opposite_pair_count"]) == (1, 0)
    assert cell["matched_quantities"] is None


def test_a_trade_in_two_pairs_is_matched_once(matched: Callable[[pa.Table], list[dict]]) -> None:
    (cell,) = matched(
        trades((0, BUYER, 2.0, 10.0), (500, SELLER, 2.0, 10.0), (900, BUYER, 2.0, 10.0))
    )

    assert cell["opposite_pair_count"] == 2
    assert cell["matched_quantity"] == cell["quantity"] == 6.0
    assert cell["matched_quantities"] == [2.0]


def test_a_pair_does_not_reach_across_cells(matched: Callable[[pa.Table], list[dict]]) -> None:
    cells = matched(trades((299_900, BUYER, 2.0, 10.0), (300_100, SELLER, 2.0, 10.0)))

    assert [cell["pair_count"] for cell in cells] == [0, 0]


def test_orders_count_by_side_and_fills_do_not(matched: Callable[[pa.Table], list[dict]]) -> None:
    rows = [(0, BUYER, 1.0, 10.0)] * 3 + [(1, BUYER, 1.0, 10.0), (2, SELLER, 1.0, 10.0)]

    (cell,) = matched(trades(*rows))

    assert (cell["buyer_order_count"], cell["seller_order_count"]) == (2, 1)
    assert cell["pair_count"] == 2


@pytest.mark.slow
def test_mean_and_variance_are_those_of_all_permutations(
    matched: Callable[[pa.Table], list[dict]],
) -> None:
    random = np.random.default_rng(3)
    cells = {
        f"S{n:03d}": drawn(random, int(random.integers(2, 10)), random.random(), 0.5, 0.6, 1.0)
        for n in range(60)
    }

    rows = matched(pa.concat_tables(tape(symbol, [orders]) for symbol, orders in cells.items()))

    for row, orders in zip(rows, cells.values(), strict=True):
        every = all_permutations(orders)
        values = opposite_quantity(every, orders.weights)
        assert row["opposite_pair_quantity"] == pytest.approx(
            float(opposite_quantity(orders.is_buyer, orders.weights))
        )
        assert row["expected_opposite_pair_quantity"] == pytest.approx(values.mean())
        assert row["opposite_pair_quantity_variance"] == pytest.approx(values.var(), abs=1e-12)
        assert row["expected_matched_quantity"] == pytest.approx(
            matched_quantity(every, orders).mean()
        )


def all_permutations(orders: Orders) -> np.ndarray:
    """Every way to deal the sides, a row each."""
    count, buyers = len(orders.is_buyer), int(orders.is_buyer.sum())
    places = np.array(list(combinations(range(count), buyers)), dtype=int)
    every = np.zeros((len(places), count), dtype=bool)
    np.put_along_axis(every, places.reshape(len(places), buyers), True, axis=1)
    return every


def matched_quantity(is_buyer: np.ndarray, orders: Orders) -> np.ndarray:
    """Quantity of the trades in at least one opposite pair."""
    is_match = (is_buyer[:, 1:] != is_buyer[:, :-1]) & (orders.weights > 0)
    none = np.zeros((len(is_buyer), 1), dtype=bool)
    in_match = np.hstack([is_match, none]) | np.hstack([none, is_match])
    return (in_match * orders.quantity).sum(axis=1)


def shuffled(random: np.random.Generator, orders: Orders, count: int) -> np.ndarray:
    """The sides dealt anew so many times, a row each."""
    return random.permuted(np.tile(orders.is_buyer, (count, 1)), axis=1)


def half_hours(random: np.random.Generator) -> list[list[Orders]]:
    """Six cells each: few and many orders, both sides and nearly one, even and heavy sizes."""
    return [
        [drawn(random, count, buyers, pairs, chain, tail) for _ in range(6)]
        for count in (10, 50)
        for buyers in (0.5, 0.25, 0.08)
        for pairs, chain in ((0.2, 0.0), (0.4, 0.6))
        for tail in (0.0, 1.5)
    ]


@pytest.mark.slow
def test_the_p_value_agrees_with_shuffled_sides_and_errs_upwards(
    scratch: DuckDBPyConnection, matched: Callable[[pa.Table], list[dict]]
) -> None:
    random = np.random.default_rng(5)
    tapes, truth, effective = [], {}, {}
    for place, cells in enumerate(half_hours(random)):
        draws = [shuffled(random, orders, 99_999) for orders in cells]
        values = np.sum(
            [
                opposite_quantity(draw, orders.weights)
                for draw, orders in zip(draws, cells, strict=True)
            ],
            axis=0,
        )
        weights = np.concatenate([orders.weights for orders in cells])
        for tail in (0.01, 0.001, 0.0001):
            # sides that really came out of the hat, so far in the tail
            row = int(np.argsort(values)[-int(tail * len(values))])
            symbol = f"{place:03d}-{tail}"
            tapes.append(
                tape(
                    symbol,
                    [orders.with_sides(d[row]) for d, orders in zip(draws, cells, strict=True)],
                )
            )
            truth[symbol] = (1 + np.sum(values >= values[row] - 1e-9)) / (1 + len(values))
            effective[symbol] = weights.sum() ** 2 / (weights**2).sum()
    matched(pa.concat_tables(tapes))
    measured = p_values(scratch)

    ratios = {symbol: measured.get(symbol, 1.0) / p for symbol, p in truth.items()}

    for symbol, ratio in ratios.items():
        noise = 4 / np.sqrt(truth[symbol] * 99_999)
        assert ratio > 0.9 - noise, (symbol, truth[symbol], ratio)
    many = [ratio for symbol, ratio in ratios.items() if effective[symbol] >= 40]
    assert len(many) >= 15
    assert np.median(many) < 2.5


@pytest.mark.slow
def test_what_the_closed_form_calls_rare_999_permutations_call_rare(
    scratch: DuckDBPyConnection, matched: Callable[[pa.Table], list[dict]]
) -> None:
    random = np.random.default_rng(6)
    tapes, truth = [], {}
    for place in range(150):
        share = random.uniform(0.1, 0.5)
        cells = [planted(random, orders=30, matches=share) for _ in range(6)]
        values = np.sum(
            [opposite_quantity(shuffled(random, orders, 999), orders.weights) for orders in cells],
            axis=0,
        )
        seen = sum(opposite_quantity(orders.is_buyer, orders.weights) for orders in cells)
        truth[f"{place:03d}"] = (1 + np.sum(values >= seen - 1e-9)) / 1_000
        tapes.append(tape(f"{place:03d}", cells))
    matched(pa.concat_tables(tapes))
    measured = p_values(scratch)

    closed = np.array([measured.get(symbol, 1.0) for symbol in truth])
    permuted = np.array(list(truth.values()))

    assert (closed <= 0.001).sum() > 20
    assert (closed > 0.001).sum() > 20
    assert permuted[closed <= 0.001].max() <= 0.004
    assert closed[permuted <= 0.001].max() <= 0.01


def planted(random: np.random.Generator, orders: int, matches: float) -> Orders:
    """Half of the orders pair up; a share of the pairs is opposite whatever chance says."""
    cell = drawn(random, orders, 0.5, 0.5, 0.0, 0.5)
    is_buyer = random.random(orders) < 0.5
    for n in range(1, orders):
        if cell.follows[n]:
            is_buyer[n] = is_buyer[n - 1] ^ (random.random() < 0.5 + matches)
    return cell.with_sides(is_buyer)


def p_values(connection: DuckDBPyConnection) -> dict[str, float]:
    """The detector's p-value of each symbol at the end of its half hour, where it is below 0.1."""
    hits = replace(wash_trading, params=LOOSE)(
        connection.table("lake.features.matched_pairs_30m")
    ).filter(f"cell_end_at = timestamp '{START_AT + 6 * CELL}'")
    return dict(hits.project("symbol, p_value").fetchall())


@pytest.mark.slow
def test_neither_the_order_of_rows_nor_the_cut_of_windows_shows(
    scratch: DuckDBPyConnection,
    insert: Callable[[pa.Table], None],
    compute_pairs: Callable[..., None],
) -> None:
    random = np.random.default_rng(7)
    made = tape("A", [drawn(random, 200, 0.4, 0.4, 0.5, 2.0) for _ in range(6)])
    everything = "select * from lake.features.matched_pairs_5m order by cell_start_at"

    insert(made)
    compute_pairs(START_AT, START_AT + 6 * CELL)
    whole = scratch.execute(everything).fetchall()
    scratch.execute("delete from lake.core.trades")
    insert(made.take(pa.array(random.permutation(len(made)))))
    bounds = [START_AT + timedelta(seconds=n) for n in (0, 17, 301, 600, 1_111, 1_801)]
    for start_at, end_at in pairwise(bounds):
        compute_pairs(start_at, end_at)

    assert scratch.execute(everything).fetchall() == whole
    assert len(whole) == 6
