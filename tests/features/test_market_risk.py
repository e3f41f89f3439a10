"""How prices of a day varied, beside an independent computation that gives published values."""

from collections.abc import Callable
from datetime import datetime, timedelta
from math import gamma, pi, sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from duckdb import DuckDBPyConnection

DAY = datetime(2026, 3, 20)
MODELS = ("symbol_days", "market_risk_days")
Row = dict[str, Any]
MeasureDay = Callable[..., list[Row]]


def variance(r: np.ndarray) -> float:
    return float(np.sum(r**2))


def bipower(r: np.ndarray) -> float:
    a, n = np.abs(r), len(r)
    return float(pi / 2 * n / (n - 1) * np.sum(a[1:] * a[:-1]))


def min_variance(r: np.ndarray) -> float:
    a, n = np.abs(r), len(r)
    return float(pi / (pi - 2) * n / (n - 1) * np.sum(np.minimum(a[1:], a[:-1]) ** 2))


def median_variance(r: np.ndarray) -> float:
    a, n = np.abs(r), len(r)
    middle = np.median(np.stack([a[2:], a[1:-1], a[:-2]]), axis=0)
    return float(pi / (6 - 4 * sqrt(3) + pi) * n / (n - 2) * np.sum(middle**2))


def quarticity(r: np.ndarray) -> float:
    a, n = np.abs(r), len(r)
    scale = (2 ** (2 / 3) * gamma(7 / 6) / gamma(1 / 2)) ** -3
    return float(n * scale * n / (n - 2) * np.sum((a[2:] * a[1:-1] * a[:-2]) ** (4 / 3)))


MEASURES = {
    "realised_variance": variance,
    "bipower_variation": bipower,
    "min_variance": min_variance,
    "median_variance": median_variance,
    "tripower_quarticity": quarticity,
}


def subsampled(measure: Callable[[np.ndarray], float], prices: np.ndarray) -> float:
    """The mean of the five grids of five minutes of prices by the minute."""
    grids = [np.diff(np.log(prices[first::5])) for first in range(5)]
    return float(np.mean([measure(grid) for grid in grids]))


@pytest.fixture
def measure_day(
    scratch: DuckDBPyConnection, compute_models: Callable[..., None]
) -> Callable[..., list[Row]]:
    """The measures of days whose minutes close at these prices: by their number since DAY."""

    def measured(closes: dict[int, float], days: int = 1) -> list[Row]:
        scratch.execute("create or replace temp table closes (minute bigint, price double)")
        scratch.execute(
            "insert into closes select unnest(?::bigint[]), unnest(?::double[])",
            [list(closes), list(closes.values())],
        )
        scratch.execute(
            """
            truncate lake.features.bars_1m;
            insert into lake.features.bars_1m by name
            select
                'north' as venue, 'A-USDT' as symbol, price as open, price as high, price as low,
                price as close, 1 as notional, 1 as notional_usd, 1 as trade_count,
                1 as order_count, 0 as rush_order_count, 0 as buyer_notional, 0 as seller_notional,
                $day::timestamp + to_minutes(minute) as cell_start_at,
                cell_start_at + interval 1 minute as cell_end_at, cell_start_at::date as trade_day,
            from closes
            """,
            {"day": DAY},
        )
        compute_models(DAY, DAY + timedelta(days=days), *MODELS)
        table = scratch.execute("from lake.marts.market_risk_days order by trade_day")
        return table.to_arrow_table().to_pylist()

    return measured


def walk(minutes: int, seed: int = 1) -> np.ndarray:
    steps = np.random.default_rng(seed).standard_t(4, minutes) * 5e-4
    return 100 * np.exp(np.cumsum(steps))


def test_a_whole_day_has_288_returns_from_midnight_on(measure_day: MeasureDay) -> None:
    prices = walk(1_441)
    # the minute before midnight gives midnight's price
    (day,) = measure_day(dict(enumerate(prices, -1)))
    assert day["return_count"] == pytest.approx((288 + 4 * 287) / 5)
    for name, measure in MEASURES.items():
        assert day[name] == pytest.approx(subsampled(measure, prices), rel=1e-9), name
    days_a_year = 365 * 288 / day["return_count"]
    assert day["annualised_volatility"] == pytest.approx(
        sqrt(days_a_year * day["realised_variance"])
    )
    high, low = prices[1:].max(), prices[1:].min()
    assert day["parkinson_volatility"] == pytest.approx(
        sqrt(days_a_year * np.log(high / low) ** 2 / (4 * np.log(2)))
    )
    assert (day["is_long_enough"], day["reason"]) == (True, None)


def test_a_minute_without_a_trade_has_the_price_before(measure_day: MeasureDay) -> None:
    prices = walk(300)
    present = {n: price for n, price in enumerate(prices) if n % 7 not in {2, 3, 4} or n == 299}
    filled, last = [], prices[0]
    for n in range(300):
        last = present.get(n, last)
        filled.append(last)
    (day,) = measure_day(present)
    assert day["realised_variance"] == pytest.approx(
        subsampled(variance, np.array(filled)), rel=1e-9
    )


def test_a_jump_is_told_from_variance(measure_day: MeasureDay) -> None:
    prices = walk(1_440, seed=3)
    (quiet,) = measure_day(dict(enumerate(prices)))
    prices[700:] *= 1.04
    (jumpy,) = measure_day(dict(enumerate(prices)))
    assert not quiet["has_jump"]
    assert jumpy["has_jump"]
    # 0.04 ^ 2, less what the neighbours take up
    assert jumpy["realised_variance"] - quiet["realised_variance"] == pytest.approx(
        np.log(1.04) ** 2, rel=0.1
    )
    assert jumpy["min_variance"] == pytest.approx(quiet["min_variance"], rel=0.05)
    n, rv, bv, tq = (
        jumpy[name] for name in ("return_count", "realised_variance", "bipower_variation",
                                 "tripower_quarticity")
    )  # fmt: skip
    z = (1 - bv / rv) / sqrt((pi**2 / 4 + pi - 5) / n * max(1, tq / bv**2))
    assert jumpy["jump_statistic"] == pytest.approx(z)


def test_forty_five_minutes_are_not_a_year(measure_day: MeasureDay) -> None:
    (short,) = measure_day(dict(enumerate(walk(46))))
    assert short["realised_variance"] > 0
    assert short["annualised_volatility"] is None
    assert short["parkinson_volatility"] is None
    assert short["reason"] == "only 41 minutes of the day were seen"
    (single,) = measure_day({600: 100.0})
    assert (single["return_count"], single["realised_variance"]) == (0, None)
    assert single["reason"] == "only 0 minutes of the day were seen"


def test_days_give_the_same_alone_and_together(measure_day: MeasureDay) -> None:
    # the second day's first trade comes hours after midnight, the third follows one of 23:30
    minutes = [*range(1_440), *range(1_800, 2_850), *range(2_900, 4_300)]
    closes = dict(zip(minutes, walk(len(minutes)).tolist(), strict=True))
    together = measure_day(closes, days=3)
    first = measure_day(closes, days=1)
    assert len(together) == 3
    assert first[0] == together[0]
    assert together[2]["return_count"] > together[1]["return_count"]


@pytest.mark.slow
def test_the_published_values_of_real_prices(measure_day: MeasureDay, shared_data: Path) -> None:
    """MinRV of 22 days of the R package highfrequency, and what numpy gives beside it."""
    table = pq.read_table(shared_data / "realised" / "one_minute_22_days.parquet").to_pandas()
    table["day"] = table["DT"].dt.date
    published = {"STOCK": (0.003344205602, 0.003344755), "MARKET": (0.001438168861, 0.001438405)}
    for name, (with_first, without) in published.items():
        days = [group[name].to_numpy() for _, group in table.groupby("day")]
        grids = [np.diff(np.log(prices[::5])) for prices in days]
        assert sum(min_variance(r) for r in grids) == pytest.approx(without, abs=5e-10)
        # they count the first price as a return of nought
        counted = sum(min_variance(np.concatenate([[0], r])) for r in grids)
        assert counted == pytest.approx(with_first, abs=5e-13)
        for prices in days[:3]:
            (day,) = measure_day(dict(enumerate(prices.tolist(), 870)))
            for column, measure in MEASURES.items():
                assert day[column] == pytest.approx(subsampled(measure, prices), rel=1e-9)
