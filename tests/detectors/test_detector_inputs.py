"""What detectors read is measured point in time, on the cells that the tests write down."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from math import log, sqrt
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from duckdb import DuckDBPyConnection

from assets.market.window import Window
from assets.transform.build import compute, scratch_lake
from assets.transform.compiled_models import models

NOON = datetime(2026, 3, 2, 12)
Rows = list[dict[str, Any]]


@pytest.fixture
def lake(dbt_root: Path) -> Iterator[DuckDBPyConnection]:
    """Empty tables of the lake, in memory."""
    with scratch_lake(dbt_root) as connection:
        yield connection


def insert(connection: DuckDBPyConnection, table: str, grid: timedelta, cells: Rows) -> None:
    rows = pa.Table.from_pylist(cells)
    connection.register("rows", rows)
    connection.execute(
        f"insert into lake.features.{table} by name select 'binance' as venue, 'AAA-BTC' as symbol,"
        " *, cell_start_at + to_microseconds(?) as cell_end_at, cell_start_at::date as trade_day "
        "from rows",
        [grid // timedelta(microseconds=1)],
    )


def five_seconds(at: datetime, **measured: Any) -> dict[str, Any]:
    usual = {"rush_order_count": 0, "rush_notional": 0.0, "notional": 10.0, "notional_usd": 20.0}
    price = measured.pop("price", 100.0)
    prices = dict.fromkeys(("open", "high", "low", "close"), price)
    return usual | prices | {"seller_notional": 4.0, "cell_start_at": at} | measured


def minute(at: datetime, close: float = 100.0, rush: int = 0) -> dict[str, Any]:
    return {"close": close, "notional": 2.0, "rush_order_count": rush, "cell_start_at": at}


def computed(
    connection: DuckDBPyConnection, root: Path, name: str, window: Window, after: str | None = None
) -> Rows:
    compute(connection, window, [model for model in models(root) if model.name in {after, name}])
    found = connection.table(f"lake.features.{name}").order("cell_start_at")
    return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]


def rush_orders(
    connection: DuckDBPyConnection, root: Path, cells: Rows, minutes: Rows, seconds: int = 120
) -> Rows:
    """Features of the cells from noon on."""
    insert(connection, "bars_5s", timedelta(seconds=5), cells)
    insert(connection, "bars_1m", timedelta(minutes=1), minutes)
    window = Window(NOON, NOON + timedelta(seconds=seconds))
    return computed(connection, root, "pump_inputs_5s", window, after="rush_baselines_1m")


def test_a_first_window_within_a_minute_knows_what_was_usual(
    lake: DuckDBPyConnection, dbt_root: Path
) -> None:
    cells = [five_seconds(NOON + timedelta(seconds=s)) for s in (0, 30, 35, 60)]
    insert(lake, "bars_5s", timedelta(seconds=5), cells)
    insert(lake, "bars_1m", timedelta(minutes=1), [minute(NOON - timedelta(hours=1))])

    def of(first: int, last: int) -> list[int | None]:
        window = Window(NOON + timedelta(seconds=first), NOON + timedelta(seconds=last))
        found = computed(lake, dbt_root, "pump_inputs_5s", window, after="rush_baselines_1m")
        return [row["baseline_minutes"] for row in found]

    def told() -> list[datetime]:
        return [at for (at,) in lake.execute(
            "select cell_start_at from lake.features.rush_baselines_1m order by 1"
        ).fetchall()]  # fmt: skip

    assert of(30, 35) == [60]
    assert of(35, 65) == [60, 60, 61]
    assert told() == [NOON, NOON + timedelta(minutes=1)]
    # what another window has told stands, and is told once
    assert of(30, 65) == [60, 60, 61]
    assert of(0, 65) == [60, 60, 60, 61]
    assert told() == [NOON, NOON + timedelta(minutes=1)]


def test_rush_orders_are_counted_over_20_s_and_their_money_over_60_s(
    lake: DuckDBPyConnection, dbt_root: Path
) -> None:
    cells = [
        five_seconds(NOON + timedelta(seconds=s), rush_order_count=1, rush_notional=1.5)
        for s in (-5, 0, 5, 10, 15, 20, 55, 60)
    ]

    found = rush_orders(lake, dbt_root, cells, [minute(NOON - timedelta(hours=1))])

    counts = [row["rush_order_count_20s"] for row in found]
    assert counts == [2, 3, 4, 4, 4, 1, 2]
    assert [float(row["rush_notional_60s"]) for row in found] == [3.0, 4.5, 6.0, 7.5, 9.0, 9.0, 9.0]
    assert found[0]["usd_per_quote"] == 2


def test_the_baseline_ends_with_the_last_full_minute_before_the_cell(
    lake: DuckDBPyConnection, dbt_root: Path
) -> None:
    minutes = [minute(NOON - timedelta(minutes=n), rush=n) for n in range(100, 0, -1)]
    minutes += [minute(NOON, rush=1000), minute(NOON + timedelta(minutes=1), rush=5000)]
    cells = [five_seconds(NOON + timedelta(seconds=55)), five_seconds(NOON + timedelta(seconds=60))]

    before, after = rush_orders(lake, dbt_root, cells, minutes)

    assert (before["baseline_minutes"], after["baseline_minutes"]) == (100, 101)
    assert before["usual_rush_orders_per_second"] == pytest.approx(5050 / 6000)
    assert after["usual_rush_orders_per_second"] == pytest.approx(6050 / 6060)
    assert before["usual_notional_per_hour"] == pytest.approx(120)


def test_a_symbol_with_an_older_past_has_a_baseline_of_a_day(
    lake: DuckDBPyConnection, dbt_root: Path
) -> None:
    past = [minute(NOON - timedelta(hours=30), rush=7), minute(NOON - timedelta(hours=2), rush=1)]

    (row,) = rush_orders(lake, dbt_root, [five_seconds(NOON)], past)

    assert row["baseline_minutes"] == 1440
    assert row["usual_rush_orders_per_second"] == pytest.approx(1 / 86_400)


def test_a_symbol_without_a_past_has_no_baseline(lake: DuckDBPyConnection, dbt_root: Path) -> None:
    (row,) = rush_orders(lake, dbt_root, [five_seconds(NOON)], [minute(NOON)])

    assert row["baseline_minutes"] is None
    assert row["usual_rush_orders_per_second"] is None


def test_volatility_counts_minutes_without_trades_and_clips_returns_at_2_percent(
    lake: DuckDBPyConnection, dbt_root: Path
) -> None:
    minutes = [
        minute(NOON - timedelta(minutes=10), 100),
        minute(NOON - timedelta(minutes=6), 101),
        minute(NOON - timedelta(minutes=1), 150),
    ]

    (row,) = rush_orders(lake, dbt_root, [five_seconds(NOON)], minutes)

    assert row["volatility_1m"] == pytest.approx(sqrt((log(1.01) ** 2 + 0.02**2) / 10))


@pytest.mark.parametrize(
    ("earlier_by", "price"),
    [(60, 90.0), (65, 90.0), (14 * 60, 90.0), (55, None)],
)
def test_the_price_a_minute_before_is_that_of_the_last_cell_that_had_ended(
    lake: DuckDBPyConnection, dbt_root: Path, earlier_by: int, price: float | None
) -> None:
    earlier = five_seconds(NOON - timedelta(seconds=earlier_by), price=90.0)

    (row,) = rush_orders(lake, dbt_root, [earlier, five_seconds(NOON)], [minute(NOON)])

    assert row["close_60s_before"] == price


@pytest.mark.parametrize(("hours", "price"), [(1, 80.0), (24, 80.0), (25, None)])
def test_a_price_of_up_to_a_day_ago_stands_where_nothing_traded_since(
    lake: DuckDBPyConnection, dbt_root: Path, hours: int, price: float | None
) -> None:
    long_ago = [minute(NOON - timedelta(hours=hours), close=80.0)]

    (row,) = rush_orders(lake, dbt_root, [five_seconds(NOON)], long_ago)

    assert row["close_60s_before"] == price


def test_a_fall_is_measured_from_the_highest_price_of_five_minutes(
    lake: DuckDBPyConnection, dbt_root: Path
) -> None:
    cells = [
        five_seconds(NOON - timedelta(seconds=300), high=130.0),
        five_seconds(NOON - timedelta(seconds=295), high=120.0),
        five_seconds(NOON, open=105.0, high=140.0, low=99.0),
        five_seconds(NOON + timedelta(seconds=5), open=100.0),
    ]
    insert(lake, "bars_5s", timedelta(seconds=5), cells)
    window = Window(NOON, NOON + timedelta(minutes=1))

    first, second = computed(lake, dbt_root, "price_falls_5s", window)

    # its own 140 may have come after its low
    assert first["high_5m"] == 120
    assert second["high_5m"] == 140
    assert float(first["seller_notional_5m"]) == 8
    assert float(second["notional_5m"]) == 20
