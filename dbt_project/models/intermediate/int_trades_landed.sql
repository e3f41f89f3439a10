{{ config(materialized='view') }}
-- Every landed trade of the window, from all formats; a row without a time belongs to every window
-- that reads its object.
with unioned as (
    select * from {{ ref('stg_binance__trades') }}
    union all
    select * from {{ ref('stg_binance__agg_trades') }}
    union all
    select * from {{ ref('stg_binance_websocket__trades') }}
    union all
    select * from {{ ref('stg_ccxt__trades') }}
    union all
    select * from {{ ref('stg_trade_log__trades') }}
)

select * from unioned
