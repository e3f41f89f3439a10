"""The tests of a venue's tape: each number beside what chance gives, or the reason for none."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest
from duckdb import DuckDBPyConnection

DAY = datetime(2026, 3, 20)
SIZES = ("trade_sizes_1d",)
TESTS = (
    "benford_first_digit", "clockwork", "size_break", "size_roundness", "venue_correlation",
    "volume_without_impact",
)  # fmt: skip

Quality = Callable[..., dict[str, dict[str, Any]]]


@pytest.fixture
def quality(
    scratch: DuckDBPyConnection, compute_models: Callable[..., None]
) -> Callable[..., dict[str, dict[str, Any]]]:
    """Judge the last day of trades of one market: quantities, and seconds since the day began."""

    def judged(
        quantities: Sequence[float] | np.ndarray, seconds: np.ndarray | None = None, days: int = 0
    ) -> dict[str, dict[str, Any]]:
        sizes = np.asarray(quantities, float)
        at = np.linspace(0, 86_399, len(sizes)) if seconds is None else seconds
        for before in range(days + 1):
            insert_trades(scratch, sizes, at, DAY - timedelta(days=before))
        compute_models(DAY - timedelta(days=days), DAY + timedelta(days=1), *SIZES)
        return day_of(scratch, compute_models)

    return judged


def insert_trades(
    scratch: DuckDBPyConnection, sizes: np.ndarray, seconds: np.ndarray, day: datetime
) -> None:
    moments = np.datetime64(day, "us") + (seconds * 1e6).astype("timedelta64[us]")
    scratch.execute("create or replace temp table tape (quantity double, traded_at timestamp)")
    scratch.execute(
        "insert into tape select unnest(?::double[]), unnest(?::timestamp[])",
        [sizes.tolist(), moments.tolist()],
    )
    scratch.execute(
        """
        insert into lake.core.trades by name
        select
            'north' as venue, 'A-USDT' as symbol, row_number() over ()::varchar as trade_id,
            quantity::varchar::decimal(38, 18) as quantity, quantity as quantity_double,
            true as is_on_book, traded_at, traded_at::date as trade_day
        from tape
        """
    )


def day_of(
    scratch: DuckDBPyConnection, compute_models: Callable[..., None]
) -> dict[str, dict[str, Any]]:
    compute_models(DAY, DAY + timedelta(days=1), "venue_quality_days")
    found = scratch.execute("from lake.marts.venue_quality_days").to_arrow_table().to_pylist()
    return {row["test"]: row for row in found if row["venue"] == "north"}


def lognormal(count: int, *, seed: int = 1, deviation: float = 1.5) -> np.ndarray:
    return np.random.default_rng(seed).lognormal(3, deviation, count)


def test_each_market_has_a_row_a_test_with_a_number_or_a_reason(quality: Quality) -> None:
    rows = quality(np.round(lognormal(200), 3))
    assert tuple(sorted(rows)) == (
        "benford_first_digit", "clockwork", "size_break", "size_roundness",
    )  # fmt: skip
    for row in rows.values():
        assert (row["value"] is None) == (row["reason"] is not None)
    assert rows["size_roundness"]["reason"] == "fewer than 5,000 trades"


def test_sizes_of_machines_are_round_by_chance_alone_and_those_of_people_are_not(
    quality: Quality,
) -> None:
    machines = quality(np.round(lognormal(6_000), 3))["size_roundness"]
    assert machines["expected"] == 0.01
    assert machines["value"] <= machines["limit_by_chance"]


def test_people_trade_round_sizes(quality: Quality) -> None:
    sizes = np.round(lognormal(6_000), 3)
    sizes[::3] = np.maximum(np.round(sizes[::3]), 1)
    people = quality(sizes)["size_roundness"]
    assert people["value"] == pytest.approx(1 / 3, abs=0.02)
    assert people["value"] > people["limit_by_chance"]


def test_wide_sizes_follow_benford_and_those_of_one_digit_do_not(quality: Quality) -> None:
    honest = quality(np.round(lognormal(12_000, deviation=2), 5))["benford_first_digit"]
    assert honest["value"] < 0.006 < honest["limit_by_chance"] == 0.015
    # a mean absolute distance that chance gives: the same order
    assert honest["expected"] == pytest.approx(0.2348 / np.sqrt(12_000), rel=1e-3)


def test_digits_that_somebody_chose_do_not_conform(quality: Quality) -> None:
    sizes = np.round(lognormal(12_000, deviation=2), 5)
    chosen = np.arange(len(sizes)) % 3 == 0
    sizes[chosen] = 7 * 10.0 ** np.random.default_rng(2).integers(0, 4, chosen.sum())
    assert quality(sizes)["benford_first_digit"]["value"] > 0.03


def test_narrow_sizes_cannot_be_held_against_benford(quality: Quality) -> None:
    row = quality(np.round(lognormal(12_000, deviation=0.5), 5))["benford_first_digit"]
    assert row["reason"] == "sizes are too alike: the deviation of their logarithm is below 1"
    assert row["value"] is None


def test_a_day_of_other_sizes_breaks_from_the_days_before(
    scratch: DuckDBPyConnection, compute_models: Callable[..., None]
) -> None:
    every_minute = np.linspace(0, 86_399, 2_000)
    for before in range(1, 8):
        sizes = np.round(lognormal(2_000, seed=before), 3)
        insert_trades(scratch, sizes, every_minute, DAY - timedelta(days=before))
    insert_trades(scratch, np.round(2 * lognormal(2_000), 3), every_minute, DAY)
    compute_models(DAY - timedelta(days=7), DAY + timedelta(days=1), *SIZES)
    row = day_of(scratch, compute_models)["size_break"]
    # the distance of two normal distributions ln 2 / 1.5 apart
    assert row["value"] == pytest.approx(0.183, abs=0.03)
    assert row["value"] > row["limit_by_chance"] > row["expected"]
    compute_models(DAY - timedelta(days=1), DAY, "venue_quality_days")
    (usual,) = scratch.execute(
        "select value < limit_by_chance from lake.marts.venue_quality_days "
        "where test = 'size_break' and trade_day = ?",
        [(DAY - timedelta(days=1)).date()],
    ).fetchall()
    assert usual == (True,)


def test_trades_by_the_clock_share_a_hundredth_of_a_second(quality: Quality) -> None:
    random = np.random.default_rng(3)
    seconds = np.sort(random.integers(0, 86_000, 4_000) + random.random(4_000))
    seconds[::4] = np.floor(seconds[::4]) + 0.2512
    row = quality(lognormal(4_000), seconds)["clockwork"]
    assert row["value"] == pytest.approx(0.2575, abs=0.01)
    assert row["value"] > row["limit_by_chance"]


def test_trades_at_random_fill_no_hundredth_and_whole_seconds_tell_nothing(
    quality: Quality,
) -> None:
    random = np.random.default_rng(3)
    spread = random.integers(0, 86_000, 4_000) + random.random(4_000)
    row = quality(lognormal(4_000), spread)["clockwork"]
    assert row["value"] < row["limit_by_chance"]


def test_whole_seconds_tell_nothing_of_a_clock(quality: Quality) -> None:
    row = quality(lognormal(4_000), np.arange(4_000.0))["clockwork"]
    assert row["reason"] == "times are whole seconds or tenths of them"


def bars(
    scratch: DuckDBPyConnection, venue: str, notionals: np.ndarray, closes: np.ndarray
) -> None:
    """Hours up to the end of the day."""
    ends = DAY + timedelta(days=1)
    rows = [
        (venue, ends - timedelta(hours=len(notionals) - n), notional, close)
        for n, (notional, close) in enumerate(zip(notionals, closes, strict=True))
    ]
    scratch.executemany(
        """
        insert into lake.features.bars_1h by name
        select
            ? as venue, 'A-USDT' as symbol, ?::timestamp as cell_start_at, ? as notional,
            ? as close, cell_start_at + interval 1 hour as cell_end_at,
            cell_start_at::date as trade_day
        """,
        rows,
    )


def test_a_venue_is_busy_when_others_are_or_it_is_not(
    scratch: DuckDBPyConnection, compute_models: Callable[..., None]
) -> None:
    random = np.random.default_rng(4)
    market = random.lognormal(10, 1, 168)
    for venue in ("south", "west"):
        bars(scratch, venue, market * random.lognormal(0, 0.2, 168), np.ones(168))
    bars(scratch, "north", market * random.lognormal(0, 0.2, 168), np.ones(168))
    row = day_of(scratch, compute_models)["venue_correlation"]
    assert row["sample_count"] == 167
    assert row["value"] > 0.9 > row["limit_by_chance"]
    scratch.execute("delete from lake.features.bars_1h where venue = 'north'")
    bars(scratch, "north", random.lognormal(10, 1, 168), np.ones(168))
    row = day_of(scratch, compute_models)["venue_correlation"]
    assert abs(row["value"]) < row["limit_by_chance"]


def test_a_lone_venue_has_nothing_to_be_compared_with(
    scratch: DuckDBPyConnection, compute_models: Callable[..., None]
) -> None:
    bars(scratch, "north", np.full(168, 10.0), np.ones(168))
    row = day_of(scratch, compute_models)["venue_correlation"]
    assert row["reason"] == "no other venue of the lake trades the symbol in neighbouring hours"


def test_much_money_that_moves_no_price_stands_out_of_two_weeks(
    scratch: DuckDBPyConnection, compute_models: Callable[..., None]
) -> None:
    random = np.random.default_rng(5)
    hours = 15 * 24
    notionals = random.lognormal(10, 0.3, hours)
    closes = np.exp(np.cumsum(random.normal(0, 0.01, hours)))
    bars(scratch, "north", notionals, closes)
    usual = day_of(scratch, compute_models)["volume_without_impact"]
    assert abs(usual["value"]) < 3.09
    scratch.execute(
        "update lake.features.bars_1h set notional = notional * 100 where trade_day = ?",
        [DAY.date()],
    )
    # a tenth of the impact for the root of a hundredfold notional
    row = day_of(scratch, compute_models)["volume_without_impact"]
    assert row["value"] < row["limit_by_chance"] == -3.09


def test_two_weeks_are_needed_to_know_the_usual_impact(
    scratch: DuckDBPyConnection, compute_models: Callable[..., None]
) -> None:
    bars(scratch, "north", np.full(48, 10.0), 1 + np.arange(48) / 100)
    row = day_of(scratch, compute_models)["volume_without_impact"]
    assert row["reason"] == "fewer than ten earlier days with twelve such hours"
