"""Liquidity of a day's trades, beside an independent computation and a spread that is known."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from duckdb import DuckDBPyConnection

pytestmark = pytest.mark.slow

DAY = datetime(2026, 3, 20)
MODELS = (
    "bars_1s", "bars_5s", "bars_1m", "bars_5m", "bars_1h", "symbol_days", "liquidity_days",
)  # fmt: skip
SPREAD = 0.004
Row = dict[str, Any]
MeasureDay = Callable[[pd.DataFrame], dict[str, Row]]


@pytest.fixture
def measure_day(scratch: DuckDBPyConnection, compute_models: Callable[..., None]) -> MeasureDay:
    """The liquidity of A-USDT on DAY by venue, from trades by seconds since midnight."""

    def measured(trades: pd.DataFrame) -> dict[str, Row]:
        scratch.register("trades", trades)
        scratch.execute(
            """
            truncate lake.core.trades;
            insert into lake.core.trades by name
            select
                venue, 'A-USDT' as symbol, row_number() over ()::varchar as trade_id,
                aggressor_side, price::decimal(38, 18) as price, price as price_double,
                quantity::decimal(38, 18) as quantity, quantity as quantity_double,
                notional::decimal(38, 12) as notional,
                notional::decimal(38, 12) as notional_usd,
                1 as fill_count, true as is_on_book, row_number() over () as sequence,
                $day::timestamp + to_microseconds((second * 1e6)::bigint) as traded_at,
                traded_at::date as trade_day
            from trades
            """,
            {"day": DAY},
        )
        scratch.unregister("trades")
        compute_models(DAY, DAY + timedelta(days=1), *MODELS)
        found = scratch.execute("from lake.marts.liquidity_days").to_arrow_table().to_pylist()
        return {row["venue"]: row for row in found}

    return measured


def market(venue: str = "north", *, seed: int = 1, seconds: int = 2_500) -> pd.DataFrame:
    """Takers who pay half of SPREAD beside a price that walks, three in each of some seconds."""
    random = np.random.default_rng(seed)
    second = np.sort(random.choice(86_400, seconds, replace=False))
    middle = 100 * np.exp(np.cumsum(random.normal(0, 2e-4, seconds)))
    side = random.choice([1, -1], (seconds, 3))
    trades = pd.DataFrame(
        {
            "venue": venue,
            "second": (second[:, None] + np.array([0.25, 0.5, 0.75])).ravel(),
            "aggressor_side": np.where(side.ravel() > 0, "buyer", "seller"),
            "price": (middle[:, None] * (1 + side * SPREAD / 2)).ravel().round(6),
            "quantity": random.lognormal(0, 1, 3 * seconds).round(3) + 0.001,
        }
    )
    trades["notional"] = (trades["price"] * trades["quantity"]).round(9)
    return trades


def bars(trades: pd.DataFrame, seconds: int) -> pd.DataFrame:
    signed = trades["notional"].where(trades["aggressor_side"] == "buyer", -trades["notional"])
    return (
        trades.assign(flow=signed)
        .groupby(trades["second"] // seconds)
        .agg(
            high=("price", "max"), low=("price", "min"), close=("price", "last"),
            notional=("notional", "sum"), flow=("flow", "sum"),
        )
    )  # fmt: skip


def newey_west(x: np.ndarray, y: np.ndarray) -> tuple[float, float, float]:
    """Slope, its t and R2, by the matrices of the sandwich."""
    n = len(x)
    inputs = np.column_stack([np.ones(n), x])
    inverse = np.linalg.inv(inputs.T @ inputs)
    beta = inverse @ inputs.T @ y
    residual = y - inputs @ beta
    moments = inputs * residual[:, None]
    middle = moments.T @ moments
    lags = int(4 * (n / 100) ** (2 / 9))
    for lag in range(1, lags + 1):
        gamma = moments[lag:].T @ moments[:-lag]
        middle += (1 - lag / (lags + 1)) * (gamma + gamma.T)
    variance = (inverse @ middle @ inverse)[1, 1]
    r2 = 1 - residual @ residual / np.sum((y - y.mean()) ** 2)
    return float(beta[1]), float(beta[1] / np.sqrt(variance)), float(r2)


def test_measures_of_hours_and_of_the_day(measure_day: MeasureDay) -> None:
    trades = market()
    row = measure_day(trades)["north"]
    hours = bars(trades, 3_600)
    returns = np.diff(np.log(hours["close"]))
    assert row["hour_count"] == row["hour_pair_count"] == 23
    assert row["amihud_hourly"] == pytest.approx(
        1e6 * np.mean(np.abs(returns) / hours["notional"].to_numpy()[1:])
    )
    moved = abs(np.log(trades["price"].iloc[-1] / trades["price"].iloc[0]))
    assert row["amihud_day"] == pytest.approx(1e6 * moved / trades["notional"].sum())
    middle = np.log(hours["high"].to_numpy() * hours["low"].to_numpy()) / 2
    close = np.log(hours["close"].to_numpy())
    products = (close[:-1] - middle[:-1]) * (close[:-1] - middle[1:])
    assert row["abdi_ranaldo_spread"] == pytest.approx(2 * np.sqrt(products.mean()))


def test_impact_is_the_slope_of_returns_on_flow(measure_day: MeasureDay) -> None:
    trades = market(seed=2)
    row = measure_day(trades)["north"]
    cells = bars(trades, 300)
    y = np.diff(np.log(cells["close"]))
    flow = cells["flow"].to_numpy()[1:]
    follows = np.diff(cells.index) == 1
    y, flow = y[follows], flow[follows]
    assert row["regression_cell_count"] == len(y) > 280
    root = newey_west(np.sign(flow) * np.sqrt(np.abs(flow)), y)
    assert (row["kyle_lambda"], row["kyle_t"], row["kyle_r2"]) == pytest.approx(root, rel=1e-7)
    linear = newey_west(flow, y)
    assert (row["linear_lambda"], row["linear_t"], row["linear_r2"]) == pytest.approx(
        linear, rel=1e-7
    )
    assert row["impact_cost"] == pytest.approx(max(root[0], 0) * np.sqrt(100_000))
    assert row["order_flow_imbalance"] == pytest.approx(
        cells["flow"].sum() / cells["notional"].sum()
    )
    assert row["mean_absolute_imbalance"] == pytest.approx(
        (cells["flow"].abs() / cells["notional"]).mean()
    )


def test_three_measures_find_the_spread_that_takers_paid(measure_day: MeasureDay) -> None:
    trades = market(seed=3)
    row = measure_day(trades)["north"]
    assert row["effective_spread"] == pytest.approx(SPREAD, rel=0.01)
    assert row["spread_deviation"] < 1e-6
    assert row["spread_cost"] == pytest.approx(SPREAD / 2, rel=0.01)
    assert row["roll_spread"] == pytest.approx(SPREAD, rel=0.15)
    assert row["abdi_ranaldo_spread"] == pytest.approx(SPREAD, rel=0.25)
    assert (row["roll_hour_count"], row["roll_undefined_share"]) == (24, 0)


def test_an_hour_that_trends_has_no_spread_by_its_bounce(measure_day: MeasureDay) -> None:
    """Closes that alternate, then closes whose steps grow, 32 of each in two hours."""
    step = 0.001
    bouncing = 100 * np.exp(step * (np.arange(32) % 2))
    trending = 100 * np.exp(step * np.cumsum(np.arange(32)) / 32)
    seconds = np.concatenate([np.arange(32) * 10, 3_600 + np.arange(32) * 10])
    trades = pd.DataFrame(
        {
            "venue": "north", "second": seconds + 0.5, "aggressor_side": None,
            "price": np.concatenate([bouncing, trending]).round(9), "quantity": 1.0,
        }
    )  # fmt: skip
    trades["notional"] = trades["price"]
    row = measure_day(trades)["north"]
    change = np.diff(np.log(bouncing))
    covariance = np.cov(change[1:], change[:-1])[0, 1]
    assert row["roll_spread"] == pytest.approx(2 * np.sqrt(-covariance), rel=1e-5)
    assert (row["roll_hour_count"], row["roll_undefined_share"]) == (2, 0.5)
    # no taker is known, and two hours are too few
    for name in ("effective_spread", "spread_cost", "kyle_lambda", "impact_cost",
                 "order_flow_imbalance", "amihud_hourly", "largest_hundredth_share"):  # fmt: skip
        assert row[name] is None, name
    assert (row["spread_cell_count"], row["regression_cell_count"], row["hour_count"]) == (0, 0, 1)


def test_sizes_of_trades_and_the_share_of_the_largest(measure_day: MeasureDay) -> None:
    trades = market(seed=4)
    row = measure_day(trades)["north"]
    sizes = np.sort(trades["notional"].to_numpy())[::-1]
    assert row["mean_trade_notional"] == pytest.approx(sizes.mean())
    assert row["median_trade_notional"] == pytest.approx(np.median(sizes))
    assert row["largest_trade_share"] == pytest.approx(sizes[0] / sizes.sum())
    assert row["largest_hundredth_share"] == pytest.approx(sizes[:75].sum() / sizes.sum())
    assert row["basis_minute_count"] == 0
    assert row["basis_median_bp"] is None


def test_a_dearer_venue_has_a_basis(measure_day: MeasureDay) -> None:
    north = market(seed=5)
    south = north.assign(venue="south", price=(north["price"] * 1.002).round(6))
    # south trades in the first two hours alone
    rows = measure_day(pd.concat([north, south.query("second < 7200")]))
    basis = 1e4 * np.log(1.002)
    for venue, sign in (("north", -1), ("south", 1)):
        row = rows[venue]
        assert row["basis_median_bp"] == pytest.approx(sign * basis, abs=1e-3)
        assert row["basis_p95_bp"] == pytest.approx(basis, abs=1e-3)
        assert row["basis_wide_share"] == 1
    minutes = {int(second) // 60 for second in north["second"] if second < 7_200}
    assert rows["north"]["basis_minute_count"] == len(minutes)
