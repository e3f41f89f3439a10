{{ config(window_column='cell_start_at', grain='5 minutes') }}

-- Cells of five seconds at whose end the price had risen steeply within three minutes: where accounts
-- are looked up that bought before and sold since.
select
    venue,
    symbol,
    cell_start_at as seen_at,
    cell_end_at - interval '3 minutes' as rose_at,
    baseline_minutes,
    close_3m_before as price_before,
    ln(close / close_3m_before) as log_rise,
    volatility_1m,
    time_bucket(interval '5 minutes', seen_at) as cell_start_at,
    time_bucket(interval '5 minutes', seen_at) + interval '5 minutes' as cell_end_at,
    seen_at::date as trade_day,
from {{ ref('pump_inputs_5s') }} as inputs
where
    inputs.cell_start_at >= {{ first_cell('5 minutes') }}
    and inputs.cell_start_at < {{ last_cell('5 minutes') }}
    and volatility_1m is not null
    and ln(close / close_3m_before)
    >= greatest({{ least_rise() }}, {{ least_rise_volatilities() }} * volatility_1m)
