{{ config(materialized='ephemeral') }}

-- The share of trades in the fullest hundredth of a second: machines that trade by the clock share it.
with phases as (
    select
        venue,
        symbol,
        trade_day,
        epoch_us(traded_at) % 1000000 // 10000 as phase,
        count(*) as trade_count,
    from {{ ref('trades') }}
    where
        traded_at >= {{ first_cell('1 day') }}
        and traded_at < {{ last_cell('1 day') }}
        and is_on_book
    group by all
),

days as (
    select
        venue,
        symbol,
        trade_day,
        max(trade_count) as most,
        sum(trade_count)::bigint as sample_count,
        count(*) as phase_count,
    from phases
    group by venue, symbol, trade_day
)

select
    venue,
    symbol,
    'clockwork' as test,
    most / sample_count as value,
    -- the greatest of a hundred equal shares, and what one in a thousand such exceeds
    0.01 + sqrt(2 * ln(100) * 0.01 * 0.99 / sample_count) as expected,
    0.01 + sqrt(2 * ln(100000) * 0.01 * 0.99 / sample_count) as limit_by_chance,
    sample_count,
    case
        when sample_count < 1000 then 'fewer than 1,000 trades'
        when phase_count < 10 then 'times are whole seconds or tenths of them'
    end as reason,
    trade_day,
from days
