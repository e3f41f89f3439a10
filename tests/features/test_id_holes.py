"""Holes that ids prove: over hours and midnight, in thin markets; and where ids prove nothing."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from duckdb import DuckDBPyConnection

DAY = datetime(2024, 8, 9)
DAY_BEFORE = DAY - timedelta(days=1)
BARS = ("bars_1s", "bars_5s", "bars_1m", "bars_5m", "bars_1h")
MARTS = ("id_holes", "completeness", "symbol_days", "data_quality_days")

Trade = tuple[str, str, datetime]
Compute = Callable[..., None]
Insert = Callable[[pa.Table], None]
Measured = Callable[..., DuckDBPyConnection]


def regular(
    symbol: str, per_hour: float, *gaps: tuple[datetime, datetime], first_id: int = 500_000
) -> list[Trade]:
    """Two days of trades at a constant pace, numbered one by one, but for those in the gaps."""
    step = timedelta(hours=1) / per_hour
    made = [
        (symbol, str(first_id + n), DAY_BEFORE + n * step + timedelta(milliseconds=7))
        for n in range(round(48 * per_hour))
    ]
    return [one for one in made if not any(start <= one[2] < end for start, end in gaps)]


def at(hour: float, day: datetime = DAY) -> datetime:
    return day + timedelta(hours=hour)


@pytest.fixture
def measured(
    scratch: DuckDBPyConnection, insert_trades: Insert, compute_models: Compute
) -> Measured:
    """Put trades into the lake, measure both days at once, and give the lake."""

    def measure(*markets: Iterable[Trade], since: datetime = DAY_BEFORE) -> DuckDBPyConnection:
        trades = [trade for market in markets for trade in market]
        symbols, ids, times = zip(*trades, strict=True)
        count = len(trades)
        insert_trades(
            pa.table(
                {
                    "symbol": symbols,
                    "trade_id": ids,
                    "aggressor_side": ["buyer"] * count,
                    "price": np.ones(count),
                    "quantity": np.ones(count),
                    "traded_at": pa.array(times, pa.timestamp("us")),
                }
            )
        )
        compute_models(since, DAY + timedelta(days=1), *BARS, *MARTS)
        return scratch

    return measure


def holes(lake: DuckDBPyConnection) -> list[tuple[Any, ...]]:
    return lake.sql(
        "select symbol, missing_id_count, date_trunc('minute', starts_at), "
        "date_trunc('minute', ends_at) from lake.ops.id_holes order by all"
    ).fetchall()


def uncovered(lake: DuckDBPyConnection) -> list[tuple[int, int]]:
    """Day of the month and hour of what is not covered."""
    return lake.sql(
        "select day(cell_start_at), hour(cell_start_at) from lake.ops.completeness "
        "where not is_covered order by all"
    ).fetchall()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("per_hour", "gap", "hole", "hours"),
    [
        pytest.param(
            30, (at(6.75), at(7.25)), (15, at(6) + timedelta(minutes=44), at(7.25)),
            [(9, 6), (9, 7)], id="over the edge of an hour",
        ),
        pytest.param(
            15, (at(6 + 5 / 60), at(6 + 50 / 60)), (11, at(6.0667), at(6.8667)),
            [(9, 6)], id="most of an hour",
        ),
        pytest.param(
            60, (at(23 + 50 / 60, DAY_BEFORE), at(8 / 60)),
            (18, at(23, DAY_BEFORE) + timedelta(minutes=49), at(0) + timedelta(minutes=8)),
            [(9, 0)], id="over midnight",
        ),
        pytest.param(
            3, (at(6), at(9)), (9, at(5) + timedelta(minutes=40), at(9)),
            [(9, 5), (9, 6), (9, 7), (9, 8)], id="hours of a thin market",
        ),
    ],
)  # fmt: skip
def test_a_hole_is_named_and_its_hours_are_not_covered(
    measured: Measured, per_hour: float, gap: tuple[datetime, datetime], hole: Any, hours: Any
) -> None:
    lake = measured(regular("A-BTC", per_hour, gap))
    count, starts_at, ends_at = hole
    ((_, missing, started, ended),) = holes(lake)
    assert missing == count
    assert abs(started - starts_at) <= timedelta(minutes=1)
    assert abs(ended - ends_at) <= timedelta(minutes=1)
    assert uncovered(lake) == hours
    reasons = lake.sql("select distinct reason from lake.ops.completeness where not is_covered")
    for (reason,) in reasons.fetchall():
        assert reason.startswith(f"{count} ids are missing between {started:%Y-%m-%d %H:%M}")
    days = lake.sql(
        "select trade_day, missing_id_count from lake.marts.data_quality_days order by 1"
    )
    assert days.fetchall() == [(DAY_BEFORE.date(), 0), (DAY.date(), count)]


@pytest.mark.slow
def test_what_a_day_misses_at_its_end_the_next_day_proves(measured: Measured) -> None:
    gap = (at(20.25, DAY_BEFORE), at(0))
    lake = measured(regular("A-BTC", 1000 / 12, gap))
    ((_, missing, started, ended),) = holes(lake)
    assert (missing, started) == (312, at(20, DAY_BEFORE) + timedelta(minutes=14))
    assert ended == DAY
    # on its own day it is a silence in which the symbol usually trades
    assert uncovered(lake) == [(8, 20), (8, 21), (8, 22), (8, 23)]


@pytest.mark.slow
def test_a_missing_id_among_hundreds_is_named_but_costs_no_hour(measured: Measured) -> None:
    lake = measured(regular("A-BTC", 360, (at(6.5), at(6.502))))
    assert [missing for _, missing, *_ in holes(lake)] == [1]
    assert uncovered(lake) == []


@pytest.mark.slow
def test_ids_that_symbols_share_prove_nothing(measured: Measured) -> None:
    drawn = np.random.default_rng(5).random(4_000)
    shared = [
        ("A-BTC" if draw < 0.8 else "B-BTC", str(n), DAY_BEFORE + n * timedelta(seconds=43))
        for n, draw in enumerate(drawn)
    ]
    assert holes(measured(shared)) == []


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(lambda n: str(2 * n), id="each second number"),
        pytest.param(lambda n: f"{n}-{n * n}", id="no numbers"),
        pytest.param(lambda n: str(10**30 + n), id="numbers too long to be counted"),
    ],
)
def test_ids_that_do_not_count_up_by_one_prove_nothing(
    measured: Measured, name: Callable[[int], str]
) -> None:
    trades = regular("A-BTC", 30, (at(6), at(9)))
    assert holes(measured([(symbol, name(int(n)), when) for symbol, n, when in trades])) == []


def test_a_handful_of_trades_proves_nothing(measured: Measured) -> None:
    trades = [("A-BTC", str(n), at(n)) for n in (1, 2, 3, 4, 7, 8, 9)]
    assert holes(measured(trades)) == []


def test_a_few_trades_of_a_day_are_proof_beside_the_day_before(measured: Measured) -> None:
    trades = regular("A-BTC", 3, (at(1), at(23)))
    assert [missing for _, missing, *_ in holes(measured(trades))] == [66]


@pytest.mark.slow
def test_without_the_day_before_nothing_is_missing_at_midnight(measured: Measured) -> None:
    lake = measured(regular("A-BTC", 30, (DAY_BEFORE, DAY)))
    assert holes(lake) == []
    restarted = [(s, str(int(n) % 720), when) for s, n, when in regular("B-BTC", 30)]
    assert holes(measured(restarted)) == []


@pytest.mark.slow
def test_what_was_dropped_or_rejected_is_not_missing(
    measured: Measured, scratch: DuckDBPyConnection
) -> None:
    trades = regular("A-BTC", 30)
    rows = {"ops.dropped_trades": 1_000, "quarantine.trades": 1_003}
    for table, place in rows.items():
        symbol, trade_id, traded_at = trades[place]
        scratch.execute(
            f"insert into lake.{table} by name select 'test' as venue, ? as symbol, "
            "? as trade_id, ?::timestamp as traded_at, traded_at::date as trade_day",
            [symbol, trade_id, traded_at],
        )
    # a rejected row may have any id: behind it nothing is missing
    scratch.execute(
        "insert into lake.quarantine.trades by name select 'test' as venue, 'A-BTC' as symbol, "
        "'900000000' as trade_id, ?::timestamp as traded_at, traded_at::date as trade_day",
        [at(3)],
    )
    landed = [one for place, one in enumerate(trades) if place not in {1_000, 1_003, 1_005}]
    assert [missing for _, missing, *_ in holes(measured(landed))] == [1]


@pytest.mark.slow
def test_what_the_other_feed_told_is_not_missing(measured: Measured) -> None:
    gap = (at(6), at(9))
    singles = regular("A-BTC", 60, gap)
    aggregates = [
        (symbol, f"a{int(n) // 2}", when)
        for symbol, n, when in regular("A-BTC", 60)
        if gap[0] <= when < gap[1] and int(n) % 2 == 0
    ]
    assert holes(measured(singles, aggregates)) == []


def test_aggregates_have_numbers_of_their_own(measured: Measured) -> None:
    trades = [(s, f"a{n}", when) for s, n, when in regular("A-BTC", 30, (at(6.75), at(7.25)))]
    lake = measured(trades)
    assert lake.sql(
        "select first_missing_id, last_missing_id, missing_id_count from lake.ops.id_holes"
    ).fetchall() == [("a500923", "a500937", 15)]


@pytest.mark.slow
def test_a_day_alone_gives_what_both_days_give(measured: Measured, compute_models: Compute) -> None:
    lake = measured(
        regular("A-BTC", 60, (at(23.8, DAY_BEFORE), at(0.2)), (at(5), at(6.5))),
        regular("B-BTC", 3, (at(3, DAY_BEFORE), at(7, DAY_BEFORE))),
    )
    tables = ("ops.id_holes", "ops.completeness", "marts.data_quality_days")
    before = [lake.sql(f"from lake.{table} order by all").fetchall() for table in tables]
    for day in (DAY, DAY_BEFORE):
        compute_models(day, day + timedelta(days=1), *BARS, *MARTS)
    assert [lake.sql(f"from lake.{table} order by all").fetchall() for table in tables] == before
