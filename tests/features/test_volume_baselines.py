"""What a volume baseline is made of: which cells of the past count, and which do not."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from math import log
from pathlib import Path
from typing import Any

import pytest
from duckdb import DuckDBPyConnection

from assets.market.window import Window
from assets.transform.build import compute, scratch_lake
from assets.transform.compiled_models import models

NOON = datetime(2026, 3, 29, 12)
CELL = timedelta(minutes=5)
DAY = timedelta(days=1)

# a cell's start, its notional and its trades
Bar = tuple[datetime, float, int]
Baseline = Callable[..., dict[str, Any]]


@pytest.fixture
def scratch(dbt_root: Path) -> Iterator[DuckDBPyConnection]:
    """An empty lake in memory."""
    with scratch_lake(dbt_root) as connection:
        yield connection


@pytest.fixture
def baseline(scratch: DuckDBPyConnection, dbt_root: Path) -> Baseline:
    """Compute the baseline of a cell of five trades, at noon, from bars of the past."""

    def of_cell(*past: Bar, at: datetime = NOON) -> dict[str, Any]:
        scratch.executemany(
            """
            insert into lake.features.bars_5m by name
            select
                'test' as venue, 'A' as symbol, cell_start_at, notional, trade_count,
                cell_start_at + interval 5 minutes as cell_end_at,
                cell_start_at::date as trade_day,
            from (select ?::timestamp as cell_start_at, ? as notional, ? as trade_count)
            """,
            [*past, (at, 100.0, 5)],
        )
        chosen = [model for model in models(dbt_root) if model.name == "volume_baselines_5m"]
        compute(scratch, Window(at, at + CELL), chosen)
        found = scratch.execute("select * from lake.features.volume_baselines_5m")
        (row,) = found.to_arrow_table().to_pylist()
        return row

    return of_cell


def busy(days: int) -> list[Bar]:
    """Sixty trades at midnight of each day before: no noon, but no thin symbol."""
    midnight = NOON.replace(hour=0)
    return [(midnight - n * DAY, 10.0, 60) for n in range(1, days + 1)]


def test_it_holds_the_same_time_of_day_within_three_cells(baseline: Baseline) -> None:
    near = [(NOON - 2 * DAY + n * CELL, 10.0 + n, 7) for n in range(-5, 6)]

    found = baseline(*busy(14), *near)

    assert found["span_days"] == 14
    assert (found["time_of_day_cell_count"], found["time_of_day_day_count"]) == (7, 1)
    assert found["time_of_day_log_notional_median"] == pytest.approx(log(10.0))
    assert found["time_of_day_log_notional_mad"] == pytest.approx(log(12 / 10))
    assert found["time_of_day_log_trade_count_median"] == pytest.approx(log(7))
    assert found["time_of_day_trade_count_mean"] == 7


def test_the_first_cell_of_a_day_is_near_the_last_of_the_day_before(baseline: Baseline) -> None:
    midnight = NOON.replace(hour=0)
    near = [(midnight - 3 * DAY + n * CELL, 10.0, 7) for n in range(-5, 6)]

    found = baseline(*near, at=midnight)

    assert (found["time_of_day_cell_count"], found["time_of_day_day_count"]) == (7, 1)


def test_the_cell_and_its_own_day_are_not_in_it(baseline: Baseline) -> None:
    today = [(NOON - n * CELL, 1e9, 9) for n in (1, 2, 3)]

    found = baseline(*busy(14), *today, (NOON - DAY, 10.0, 7))

    assert found["time_of_day_cell_count"] == 1
    assert found["time_of_day_log_notional_median"] == pytest.approx(log(10.0))


def test_a_busy_symbol_looks_back_14_days_and_a_thin_one_28(baseline: Baseline) -> None:
    noons = [(NOON - n * DAY, 10.0, 7) for n in range(1, 30)]

    found = baseline(*noons)

    assert found["trades_per_day"] == 7
    assert found["span_days"] == 28
    assert found["time_of_day_day_count"] == 28


def test_a_busy_symbol_forgets_what_is_older_than_14_days(baseline: Baseline) -> None:
    noons = [(NOON - n * DAY, 10.0, 7) for n in range(1, 30)]

    found = baseline(*busy(14), *noons)

    assert found["trades_per_day"] == 67
    assert (found["span_days"], found["time_of_day_day_count"]) == (14, 14)


def test_empty_cells_count_for_nothing(baseline: Baseline) -> None:
    """A symbol that trades at every third noon is measured by those, not against silence."""
    found = baseline(*busy(14), *[(NOON - n * DAY, 50.0, 3) for n in (3, 6, 9, 12)])

    assert (found["time_of_day_cell_count"], found["time_of_day_day_count"]) == (4, 4)
    assert found["time_of_day_log_notional_median"] == pytest.approx(log(50.0))


def test_the_trailing_baseline_is_the_24_hours_before(baseline: Baseline) -> None:
    found = baseline(
        (NOON - DAY - CELL, 1e9, 1),
        (NOON - DAY, 10.0, 1),
        (NOON - CELL, 10.0, 4),
        (NOON + CELL, 1e9, 1),
    )

    assert found["trailing_cell_count"] == 2
    assert found["trailing_log_notional_median"] == pytest.approx(log(10.0))
    assert found["trailing_trade_count_mean"] == 2.5


def test_a_symbol_without_a_past_has_no_baseline(baseline: Baseline) -> None:
    found = baseline()

    assert (found["time_of_day_cell_count"], found["trailing_cell_count"]) == (0, 0)
    assert found["time_of_day_log_notional_median"] is None
    assert found["trailing_log_notional_median"] is None
