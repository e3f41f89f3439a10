{{ config(materialized='view') }}
-- Every landed trade of the run's objects, all formats with the same columns. By name: columns that
-- only some formats have, such as the counterparty's account, are null in the others.
{% set texts = [
    'venue_symbol', 'trade_id', 'order_id', 'order_type', 'account_id', 'counterparty_account_id',
    'buyer_account_id', 'seller_account_id', 'customer_id', 'side_text', 'raw',
] %}
with landed as (
    select * from {{ ref('stg_binance__trades') }}
    union all by name
    select * from {{ ref('stg_binance__agg_trades') }}
    union all by name
    select * from {{ ref('stg_binance_websocket__trades') }}
    union all by name
    select * from {{ ref('stg_ccxt__trades') }}
    union all by name
    select * from {{ ref('stg_trade_log__trades') }}
    union all by name
    select * from {{ ref('stg_hyperliquid__trades') }}
    union all by name
    select * from {{ ref('stg_tapewatch__trades') }}
)

select
    * replace (
        {{ without_nul('venue_symbol') }} as venue_symbol,
        {{ without_nul('trade_id') }} as trade_id,
        {{ without_nul('raw') }} as raw,
        coalesce(error, if({{ has_nul(texts) }}, 'a text contains a NUL', null)) as error
    ),
from landed
