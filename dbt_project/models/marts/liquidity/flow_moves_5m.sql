{{ config(materialized='ephemeral') }}

-- What takers bought less what they sold in each five minutes of a closing day, and how the price
-- moved. Of cells in which no taker is known the flow is unknown, not zero.
select
    venue,
    symbol,
    trade_day,
    cell_start_at,
    notional,
    if(buyer_notional + seller_notional > 0, buyer_notional - seller_notional, null) as flow,
    {{ log_return(at_most='5 minutes') }} as log_return,
from {{ ref('bars_5m') }}
where {{ cells_read('1 day', '5 minutes') }}
window by_symbol as (partition by venue, symbol order by cell_start_at)
qualify cell_start_at >= {{ first_cell('1 day') }}
