{{ config(materialized='ephemeral') }}

-- Trades that tell who traded, of those that the order book made: what the features of accounts read.
-- Where a source names nobody, the columns hold nulls alone, and the filter skips them by their
-- statistics. A stream holds the last minutes of these columns in memory.
select
    venue,
    symbol,
    trade_id,
    buyer_account_id,
    seller_account_id,
    aggressor_side,
    price_double,
    quantity,
    quantity_double,
    notional,
    notional_usd,
    traded_at,
from {{ ref('trades') }}
where
    (buyer_account_id is not null or seller_account_id is not null)
    and is_on_book
