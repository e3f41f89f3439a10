{{ config(materialized='view') }}
-- Every landed trade of the run's objects, all formats with the same columns. By name: columns that
-- only some formats have, such as the counterparty's account, are null in the others.
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
