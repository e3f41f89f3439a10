{{ config(materialized='ephemeral') }}

-- How one-sided takers were over each closing day, and over its cells of five minutes.
select
    venue,
    symbol,
    trade_day,
    count(flow) as imbalance_cell_count,
    sum(flow)::double / sum(notional)::double as order_flow_imbalance,
    avg(abs(flow)::double / notional::double order by cell_start_at) as mean_absolute_imbalance,
from {{ ref('flow_moves_5m') }}
group by venue, symbol, trade_day
