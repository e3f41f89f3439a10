{{ config(materialized='ephemeral') }}

-- Ids that are numbers, of what landed of the closing days and of the day before. Aggregates have
-- numbers of their own.
with landed as (
    select
        venue,
        symbol,
        trade_id,
        traded_at,
        true as is_accepted,
    from {{ ref('trades') }}
    union all
    select
        venue,
        symbol,
        trade_id,
        traded_at,
        false as is_accepted,
    from {{ ref('dropped_trades') }}
    union all
    select
        venue,
        symbol,
        trade_id,
        traded_at,
        false as is_accepted,
    from {{ ref('quarantined_trades') }}
)

select
    venue,
    symbol,
    starts_with(trade_id, 'a') as is_aggregate,
    try_cast(if(starts_with(trade_id, 'a'), substr(trade_id, 2), trade_id) as bigint) as number,
    is_accepted,
    traded_at,
    traded_at::date as trade_day,
from landed
where
    traded_at >= {{ first_cell('1 day') }} - interval 1 day
    and traded_at < {{ last_cell('1 day') }}
    and {{ first_cell('1 day') }} < {{ last_cell('1 day') }}
    -- an id of our own, a hash, has 20 digits
    and length(trade_id) < 19
    and number is not null
