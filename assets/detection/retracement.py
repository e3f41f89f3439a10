"""What came after a price moved: the first cell at which it has given back a share of the move."""

from datetime import timedelta
from typing import Literal

from duckdb import DuckDBPyRelation

Direction = Literal["rise", "fall"]


def retracements(
    hits: DuckDBPyRelation,
    prices: DuckDBPyRelation,
    *,
    direction: Direction,
    min_share: float,
    within: timedelta,
    reach: timedelta,
) -> DuckDBPyRelation:
    """Find, for each hit that opens an episode, the first cell where the move is taken back.

    Parameters
    ----------
    hits
        venue, symbol, cell_start_at, cell_end_at and `price_before`, the price the move started at.
    prices
        venue, symbol, cell_start_at, cell_end_at, `extreme` (the cell's highest price of a rise,
        lowest of a fall) and `close`.
    min_share
        Of the way from `price_before` to the furthest price since the hit, what `close` gives back.
    within, reach
        From the hit's end to the cell's end at most; and the silence before an opening hit.

    Returns
    -------
    DuckDBPyRelation
        venue, symbol, cell_start_at, cell_end_at, opened_at, price_before, furthest, close, share.
    """
    aggregate = "max" if direction == "rise" else "min"
    return hits.query(
        "unread",
        f"""
        with openings as (
            select * from hits
            qualify coalesce(
                cell_start_at - lag(cell_end_at) over (
                    partition by venue, symbol order by cell_start_at
                ) > to_seconds({reach.total_seconds()}),
                true
            )
        ),

        followed as (
            select
                venue,
                symbol,
                prices.cell_start_at,
                prices.cell_end_at,
                openings.cell_start_at as opened_at,
                openings.price_before,
                {aggregate}(prices.extreme) over so_far as furthest,
                prices.close,
                (furthest - prices.close) / nullif(furthest - openings.price_before, 0) as share,
            from openings
            inner join prices using (venue, symbol)
            where
                prices.cell_start_at >= openings.cell_start_at
                and prices.cell_end_at
                <= openings.cell_end_at + to_seconds({within.total_seconds()})
            window so_far as (
                partition by venue, symbol, openings.cell_start_at order by prices.cell_start_at
            )
        ),

        given_back as (
            select * from followed
            where share >= {min_share} and cell_start_at > opened_at
            qualify row_number() over (
                partition by venue, symbol, opened_at order by cell_start_at
            ) = 1
        )

        select * from given_back
        qualify row_number() over (
            partition by venue, symbol, cell_start_at order by opened_at desc
        ) = 1
        """,
    )
