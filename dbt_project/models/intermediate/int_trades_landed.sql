{{ config(materialized='view') }}
-- Every landed trade of the run's objects, of all formats in one shape. By name: what only some
-- formats can say, as whose account the other side was, is null in the others.
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
select * from {{ ref('stg_tapewatch__trades') }}
