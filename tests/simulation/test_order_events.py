"""Order events keep their books: what is placed is filled or cancelled, to the last lot."""

from pathlib import Path

import numpy as np
import pytest
from duckdb import DuckDBPyConnection, connect
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.simulation.order_events import remaining
from assets.simulation.range_extremes import RangeExtremes


@pytest.fixture(scope="module")
def events(files: Path) -> DuckDBPyConnection:
    connection = connect()
    connection.execute(f"create view trades as from '{files}/trades/*.parquet'")
    connection.execute(f"""
        create table events as
        select *, row_number() over (
            partition by venue, symbol, order_id order by sequence) as place
        from '{files}/orders/*.parquet'
    """)
    return connection


@pytest.mark.slow
def test_each_order_begins_with_its_placing_and_never_holds_less_than_nothing(events) -> None:
    assert events.execute("""
        select count(*) filter (where (place = 1) <> (event = 'add')),
            count(*) filter (where remaining < 0), count(*) filter (where quantity <= 0)
        from events
    """).fetchone() == (0, 0, 0)


@pytest.mark.slow
def test_what_remains_follows_from_the_event_before(events) -> None:
    assert events.execute("""
        with before as (
            select *, lag(remaining) over (
                partition by venue, symbol, order_id order by sequence) as held
            from events
        )
        select count(*) from before
        where remaining <> case event
            when 'add' then quantity
            when 'update' then quantity
            else held - quantity
        end
    """).fetchone() == (0,)


def test_every_order_ends_with_nothing_left(events) -> None:
    assert events.execute("""
        select count(*) from (
            select last(remaining order by sequence) as rest from events
            group by venue, symbol, order_id
        ) where rest <> 0
    """).fetchone() == (0,)


@pytest.mark.slow
def test_every_trade_is_one_fill_of_each_side(events) -> None:
    assert (
        events.execute("""
        with fills as (
            select venue, symbol, trade_id,
                count(*) as sides, count(distinct order_side) as side_count,
                min(quantity) as quantity, list(account_id) as accounts, list(order_id) as orders
            from events where event = 'fill' group by all
        )
        select count(*) filter (where
            sides = 2 and side_count = 2 and fills.quantity = trades.quantity::decimal(18, 8)
            and list_contains(orders, trades.order_id)
            and list_contains(accounts, trades.account_id)
            and list_contains(accounts, trades.counterparty_account_id))
        from trades join fills using (venue, symbol, trade_id)
    """).fetchone()
        == events.execute("select count(*) from trades").fetchone()
    )


@pytest.mark.slow
def test_events_stand_by_time(events) -> None:
    assert events.execute("""
        select count(*) from (
            select event_at < lag(event_at) over (
                partition by venue, symbol order by sequence) as is_earlier
            from events
        ) where is_earlier
    """).fetchone() == (0,)


def test_most_orders_are_cancelled_as_in_real_books(events) -> None:
    row = events.execute("""
        select count(*) filter (where event = 'cancel') / count(*) filter (where event = 'add')
        from events
    """).fetchone()
    assert 0.4 < row[0] < 0.95


@pytest.mark.slow
def test_standing_quotes_do_not_cross(events) -> None:
    """At some moments of a day, the best bid of unfilled orders lies below the best ask."""
    crossed = events.execute("""
        with quotes as (
            select venue, symbol, order_id, min(event_at) as since, max(event_at) as until,
                first(order_side) as order_side, first(price order by sequence) as price
            from events
            group by all having count(*) filter (where event = 'fill') = 0
        ),
        moments as (
            select venue, symbol, unnest(range(min(since), max(until), 300_000_000)) as moment
            from quotes group by all
        ),
        books as (
            select max(price) filter (order_side = 'buy') as bid,
                min(price) filter (order_side = 'sell') as ask
            from moments join quotes using (venue, symbol)
            where since <= moment and moment < until group by venue, symbol, moment
        )
        select count(*) filter (where bid >= ask), count(*) filter (where bid < ask) from books
    """).fetchone()
    assert crossed[0] == 0
    assert crossed[1] > 100


@settings(deadline=None)
@given(
    values=st.lists(st.integers(-50, 50), min_size=1, max_size=70),
    ends=st.lists(st.tuples(st.integers(0, 200), st.integers(0, 200)), min_size=1, max_size=20),
)
def test_extremes_of_ranges_are_those_of_the_slices(values, ends) -> None:
    array = np.array(values, float)
    first = np.array([min(pair) % len(values) for pair in ends])
    last = np.array([max(pair) % len(values) for pair in ends])
    first, last = np.minimum(first, last), np.maximum(first, last)
    extremes = RangeExtremes(array, 70)
    slices = [array[a : b + 1] for a, b in zip(first, last, strict=True)]
    assert extremes.least(first, last).tolist() == [part.min() for part in slices]
    assert extremes.greatest(first, last).tolist() == [part.max() for part in slices]


def test_remaining_of_two_orders() -> None:
    lots, first, total = np.array([2, 3, 4, 1]), np.array([0, 2]), np.array([6, 5])
    assert remaining(lots, first, total).tolist() == [4, 1, 1, 0]
