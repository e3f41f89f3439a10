"""What came after a price moved: the first cell at which it has given back a share of the move."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from duckdb import DuckDBPyRelation
from pydantic import BaseModel

from assets.detection.evidence import selection

Direction = Literal["rise", "fall"]


@dataclass(frozen=True, kw_only=True)
class Retracement:
    """A confirmation: the price gives back a share of the move that the hits found.

    Parameters
    ----------
    prices, extreme
        The input with the prices, and its column with a cell's highest price (of a rise) or lowest
        (of a fall); it has `close` too. The move starts at the hit's `evidence.price_before`.
    min_share, within_minutes
        The names of the thresholds: of the way from there to the furthest price since the hit, what
        `close` gives back, and from the hit's end to that cell's end at most.
    furthest_name, share_name
        What the furthest price and the share are called in the confirmation's evidence.
    """

    direction: Direction
    prices: str
    extreme: str
    min_share: str
    within_minutes: str
    furthest_name: str
    share_name: str

    def confirmations(
        self,
        hits: DuckDBPyRelation,
        inputs: Mapping[str, DuckDBPyRelation],
        params: BaseModel,
        subject: Sequence[str],
        reach: timedelta,
    ) -> DuckDBPyRelation:
        """The cells that confirm: a hit's columns, and `trades`, a selection.

        `subject` are the columns that name whom a hit is about, beside venue and symbol; `reach` is
        the longest silence inside an episode of the detector.
        """
        min_share = float(getattr(params, self.min_share))
        found = retracements(
            hits.project("*, evidence.price_before as price_before"),
            inputs[self.prices].project(f"*, {self.extreme} as extreme"),
            direction=self.direction,
            min_share=min_share,
            within=timedelta(minutes=getattr(params, self.within_minutes)),
            subject=subject,
            reach=reach,
        )
        return found.project(
            f"""
            {", ".join(_scope(subject))}, cell_start_at, cell_end_at,
            share as statistic,
            {min_share}::double as threshold,
            {{
                'minutes_after': date_diff('second', opened_at, cell_end_at) / 60,
                'price_before': price_before,
                '{self.furthest_name}': furthest,
                'price': close,
                '{self.share_name}': least(share, 1)
            }} as evidence,
            {selection("opened_at", "cell_end_at")} as trades
            """
        )


def _scope(subject: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(("venue", "symbol", *subject)))


def retracements(
    hits: DuckDBPyRelation,
    prices: DuckDBPyRelation,
    *,
    direction: Direction,
    min_share: float,
    within: timedelta,
    reach: timedelta,
    subject: Sequence[str] = (),
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
    subject
        Columns of `hits` that name whom they are about, beside venue and symbol.
    within, reach
        From the hit's end to the cell's end at most; and the silence before an opening hit.

    Returns
    -------
    DuckDBPyRelation
        venue, symbol and the subject's columns, cell_start_at, cell_end_at, opened_at,
        price_before, furthest, close, share.
    """
    scope = ", ".join(_scope(subject))
    aggregate = "max" if direction == "rise" else "min"
    return hits.query(
        "unread",
        f"""
        with openings as (
            select * from hits
            qualify coalesce(
                cell_start_at - lag(cell_end_at) over (
                    partition by {scope} order by cell_start_at
                ) > to_seconds({reach.total_seconds()}),
                true
            )
        ),

        followed as (
            select
                {scope},
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
                partition by {scope}, openings.cell_start_at order by prices.cell_start_at
            )
        ),

        given_back as (
            select * from followed
            where share >= {min_share} and cell_start_at > opened_at
            qualify row_number() over (
                partition by {scope}, opened_at order by cell_start_at
            ) = 1
        )

        select * from given_back
        qualify row_number() over (
            partition by {scope}, cell_start_at order by opened_at desc
        ) = 1
        """,
    )
