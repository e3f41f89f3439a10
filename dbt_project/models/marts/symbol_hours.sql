{{ config(window_column='trade_day', grain='1 day') }}

-- A part of bars_1h that readers outside the path may rely on.
select
    venue,
    symbol,
    open,
    high,
    low,
    close,
    notional,
    notional_usd,
    buyer_notional,
    seller_notional,
    trade_count,
    cell_start_at as hour_start_at,
    trade_day,
from {{ ref('bars_1h') }}
where cell_start_at >= {{ first_cell('1 day') }} and cell_start_at < {{ last_cell('1 day') }}
