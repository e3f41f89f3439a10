{{ config(schema='ops', window_column='trade_day', grain='1 day') }}

-- Stretches in which ids prove trades to be missing, of markets that number their trades one by
-- one. A hole over midnight belongs to the day in which it ends, if the day before is known.
with holes as (
    select
        venue,
        symbol,
        is_aggregate,
        number - step + 1 as first_number,
        number - 1 as last_number,
        least(earlier_at, traded_at) as starts_at,
        greatest(earlier_at, traded_at) as ends_at,
        trade_day,
    from {{ ref('id_steps') }}
    where
        step > 1
        and earlier_day >= trade_day - 1
        and trade_day >= {{ first_cell('1 day') }}
),

-- what landed, and was dropped or rejected, is not missing
set_aside as (
    select
        holes.venue,
        holes.symbol,
        holes.is_aggregate,
        holes.last_number,
        holes.trade_day,
        count(distinct ids.number) as id_count,
    from holes
    inner join {{ ref('landed_ids') }} as ids
        on
            holes.venue = ids.venue
            and holes.symbol = ids.symbol
            and holes.is_aggregate = ids.is_aggregate
            and not ids.is_accepted
            and ids.number between holes.first_number and holes.last_number
    group by holes.venue, holes.symbol, holes.is_aggregate, holes.last_number, holes.trade_day
)

select
    venue,
    symbol,
    if(is_aggregate, 'a', '') || first_number as first_missing_id,
    if(is_aggregate, 'a', '') || last_number as last_missing_id,
    last_number - first_number + 1 - coalesce(id_count, 0) as missing_id_count,
    starts_at,
    ends_at,
    trade_day,
from holes
left join set_aside using (venue, symbol, is_aggregate, last_number, trade_day)
-- nor is what the other feed reported meanwhile
anti join {{ ref('landed_ids') }} as others
    on
        holes.venue = others.venue
        and holes.symbol = others.symbol
        and holes.is_aggregate = not others.is_aggregate
        and others.is_accepted
        and others.traded_at > holes.starts_at
        and others.traded_at < holes.ends_at
where missing_id_count > 0
