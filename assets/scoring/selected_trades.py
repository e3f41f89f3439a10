"""The trades that detectors' hits select, as one query over a set of trades.

`assets/alerts/trades.py` reads the trades behind one alert; the conditions are the same.
"""

from datetime import datetime

from duckdb import DuckDBPyConnection

from assets.detection.tables import HITS
from assets.market.window import ONE_DAY, Window

SELECTION = (
    '{"start_at": "TIMESTAMP", "end_at": "TIMESTAMP", "side": "VARCHAR", '
    '"quantities": ["DOUBLE"], "accounts": ["VARCHAR"], "least_quantity": "DOUBLE", '
    '"counterparty": "VARCHAR"}'
)
CHOSEN = f"from_json(evidence::json -> '$.trades', '{SELECTION}')"

# CTEs over `trades` and `markets`, with the parameters start_at and end_at. A stretch meets trades
# minute by minute: each trade is compared with the hits of its own minute alone.
SELECTED = f"""
    selections as (
        select * from (
            select
                hits.typology,
                hits.score,
                hits.subject_kind,
                hits.subject_id,
                markets.market,
                {CHOSEN} as chosen,
            from lake.{HITS.name} as hits
            inner join markets
                on hits.venue in ('', markets.venue) and hits.symbol in ('', markets.symbol)
            where
                not hits.is_stale
                -- a cell, and what it selects, is at most a day long
                and hits.trade_day >= $start_at::date - 1
                and hits.trade_day <= $end_at::date + 1
        ) as found
        where found.chosen.start_at < $end_at and found.chosen.end_at > $start_at
    ),

    selected_minutes as (
        select
            *,
            unnest(range(
                date_trunc('minute', greatest(selections.chosen.start_at, $start_at::timestamp)),
                least(selections.chosen.end_at, $end_at::timestamp),
                interval 1 minute
            )) as minute,
        from selections
    ),

    found as (
        select
            trades.market,
            trades.traded_at,
            trades.trade_id,
            list_sort(list(distinct hits.typology)) as patterns,
            -- a stretch of a whole market says nothing of one trade in it
            max(hits.score) filter (
                hits.subject_kind <> 'market'
                or hits.chosen.quantities is not null
                or hits.chosen.accounts is not null
            ) as hit_score,
        from trades
        inner join selected_minutes as hits
            on trades.market = hits.market and trades.minute = hits.minute
        where
            trades.is_on_book
            and trades.traded_at >= hits.chosen.start_at
            and trades.traded_at < hits.chosen.end_at
            and (
                hits.subject_kind <> 'account'
                or hits.chosen.accounts is not null
                or coalesce(trades.buyer_account_id = hits.subject_id, false)
                or coalesce(trades.seller_account_id = hits.subject_id, false)
            )
            and (
                hits.chosen.counterparty is null
                or coalesce(
                    trades.buyer_account_id = hits.subject_id
                    and trades.seller_account_id = hits.chosen.counterparty,
                    false
                )
                or coalesce(
                    trades.buyer_account_id = hits.chosen.counterparty
                    and trades.seller_account_id = hits.subject_id,
                    false
                )
            )
            and coalesce(
                coalesce(trades.aggressor_side, 'unknown') = hits.chosen.side,
                hits.chosen.side is null
            )
            and coalesce(list_contains(hits.chosen.quantities, trades.quantity_double), true)
            and (
                hits.chosen.accounts is null
                or coalesce(
                    list_contains(hits.chosen.accounts, trades.buyer_account_id)
                    and list_contains(hits.chosen.accounts, trades.seller_account_id)
                    and trades.buyer_account_id <> trades.seller_account_id,
                    false
                )
            )
            and coalesce(trades.quantity_double >= hits.chosen.least_quantity, true)
        group by trades.market, trades.traded_at, trades.trade_id
    )
"""


def selected_since(connection: DuckDBPyConnection, window: Window) -> datetime:
    """The window's start, or the earliest trade that a hit of its cells selects before it."""
    ((earliest,),) = connection.execute(
        f"""
        select min(({CHOSEN}).start_at)
        from lake.{HITS.name}
        where
            not is_stale and cell_end_at > $start_at and cell_end_at <= $end_at
            and trade_day >= $start_at::date - 1 and trade_day <= $end_at::date
        """,
        {"start_at": window.start_at, "end_at": window.end_at},
    ).fetchall()
    # a day is the longest cell
    return min(window.start_at, max(earliest or window.start_at, window.start_at - ONE_DAY))
