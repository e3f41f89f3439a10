{{ config(materialized='view') }}
-- Every landed trade of the run's objects, of all formats in one shape.
select * from {{ ref('stg_binance__trades') }}
union all
select * from {{ ref('stg_binance__agg_trades') }}
union all
select * from {{ ref('stg_binance_websocket__trades') }}
union all
select * from {{ ref('stg_ccxt__trades') }}
union all
select * from {{ ref('stg_trade_log__trades') }}
