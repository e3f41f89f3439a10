"""Aggregates whose fills another aggregate reports: each fill counts once, and it is said."""

from pathlib import Path

import pytest

from assets.transform.accounting import repeated_fills, row_accounting

FILES = Path(__file__).parent / "fills"
AGGREGATES = "agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker"
TRADES = "id,price,qty,quote_qty,time,is_buyer_maker"
NAME = "BTCUSDT-aggTrades-2024-08-09.csv"
DAY = "2024-08-09"
AT = 1723204800000  # that day, 12:00
pytestmark = pytest.mark.slow


def aggregate(number: int, first: int, last: int, after_ms: int = 0) -> str:
    """An aggregate of fills of one unit at a price of 5."""
    return f"{number},5,{last - first + 1},{first},{last},{AT + after_ms},true"


def counted(stage) -> list[str]:
    return [name for (name,) in stage.rows("select trade_id from lake.core.trades order by 1")]


def dropped(stage) -> list[tuple[str, str]]:
    return stage.rows("select trade_id, reason from lake.ops.dropped_trades order by 1")


@pytest.mark.parametrize(
    ("name", "trades", "fills", "quantity", "repeated"),
    [
        pytest.param("QTUMETH", 300, 600, 600, 20, id="the same range under the next id"),
        pytest.param("NEOETH", 200, 1_000, 1_000, 20, id="a part of the range before"),
        pytest.param("ICXETH", 200, 800, 800, 40, id="a range again in two halves"),
    ],
)
def test_each_fill_counts_once(stage, name, trades, fills, quantity, repeated):
    file = FILES / f"{name}-aggTrades-2024-08-09.csv"
    stage.land(file.name, file.read_text().splitlines())
    stage.normalise(DAY)
    assert stage.rows(
        "select count(*), sum(fill_count)::bigint, sum(quantity)::bigint from lake.core.trades"
    ) == [(trades, fills, quantity)]
    assert stage.rows("select reason, count(*) from lake.ops.dropped_trades group by 1") == [
        ("repeated_fills", repeated)
    ]


def test_an_aggregate_behind_one_that_does_not_count_counts(stage):
    stage.land(
        NAME, [AGGREGATES, aggregate(1, 100, 104), aggregate(2, 102, 106), aggregate(3, 105, 109)]
    )
    stage.normalise(DAY)
    assert counted(stage) == ["a1", "a3"]
    assert dropped(stage) == [("a2", "repeated_fills")]


def test_aggregates_side_by_side_all_count(stage):
    stage.land(
        NAME, [AGGREGATES, aggregate(1, 100, 104), aggregate(2, 105, 105), aggregate(3, 109, 110)]
    )
    stage.normalise(DAY)
    assert counted(stage) == ["a1", "a2", "a3"]


def test_it_does_not_depend_on_which_file_landed_first(stages):
    lines = {
        "whole": [AGGREGATES, aggregate(1, 100, 103), aggregate(2, 104, 107)],
        "halves": [AGGREGATES, aggregate(11, 100, 101), aggregate(12, 102, 103)],
    }
    one, other = stages(2)
    for name in lines:
        one.land(NAME, lines[name])
        one.land(NAME.replace("BTC", "ETH"), lines["whole"])
    for name in reversed(lines):
        other.land(NAME, lines[name])
    for stage in (one, other):
        stage.normalise(DAY)
        assert dropped(stage) == [("a11", "repeated_fills"), ("a12", "repeated_fills")]
    assert counted(other) == ["a1", "a2"]
    # ids of another market are other fills
    assert counted(one) == ["a1", "a1", "a2", "a2"]


def test_an_id_of_nought_stands_for_no_fill(stage):
    stage.land(NAME, [AGGREGATES, *(f"{n},5,1,0,0,{AT + n},true" for n in range(5))])
    stage.normalise(DAY)
    assert stage.counts() == (5, 0, 0)


def test_a_row_that_comes_again_is_a_duplicate_and_costs_no_other(stage):
    stage.land(NAME, [AGGREGATES, aggregate(1, 100, 104), aggregate(2, 105, 106)])
    stage.land(NAME, [AGGREGATES, aggregate(1, 100, 104), aggregate(3, 107, 107)])
    stage.normalise(DAY)
    assert counted(stage) == ["a1", "a2", "a3"]
    assert dropped(stage) == [("a1", "duplicate")]


def test_repeated_fills_do_not_outweigh_single_trades(stage):
    """Told twice the aggregates of the minute have twice the money of its single trades."""
    stage.land(NAME, [AGGREGATES, aggregate(1, 100, 101), aggregate(2, 100, 101)])
    stage.land(
        "BTCUSDT-trades-2024-08-09.csv",
        [TRADES, f"100,5,1,5,{AT},true", f"101,5,1,5,{AT},true"],
    )
    stage.normalise(DAY)
    assert counted(stage) == ["100", "101"]
    assert dropped(stage) == [("a1", "superseded"), ("a2", "superseded")]


def test_a_run_names_their_lines_and_counts_them_with_the_duplicates(stage):
    stage.land(NAME, [AGGREGATES, aggregate(1, 100, 104), aggregate(2, 102, 104)])
    stage.normalise(DAY)
    day = stage.rows(f"select date '{DAY}'")[0]
    assert repeated_fills(stage.connection, day) == [
        "BTC-USDT:USDT on binance_usdm, line 3: 1 aggregate repeats fills that another one "
        "reports, by the ids of first and last fill; each fill counts once"
    ]
    stage.connection.execute(
        "create table lake.ops.landed_objects as "
        f"select 'binance_usdm' as venue, 2 as row_count, date '{DAY}' as trade_day"
    )
    (row,) = row_accounting(stage.connection, day)
    assert (row["core"], row["duplicate"], row["unaccounted"]) == (1, 1, 0)
