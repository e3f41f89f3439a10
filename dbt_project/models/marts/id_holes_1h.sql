{{ config(materialized='ephemeral') }}

-- The holes that touch each hour of the day in which they end. Their trades are taken to be missing
-- evenly from one end to the other.
with hours as (
    select
        * exclude (trade_day),
        unnest(range(
            date_trunc('hour', greatest(starts_at, trade_day::timestamp)),
            ends_at + interval 1 microsecond,
            interval 1 hour
        )) as cell_start_at,
        cell_start_at + interval 1 hour > ends_at as ends_in_hour,
        epoch_us(ends_at) - epoch_us(starts_at) as hole_microseconds,
        epoch_us(least(ends_at, cell_start_at + interval 1 hour))
        - epoch_us(greatest(starts_at, cell_start_at)) as microseconds,
    from {{ ref('id_holes') }}
    where trade_day >= {{ first_cell('1 day') }} and trade_day < {{ last_cell('1 day') }}
)

select
    venue,
    symbol,
    cell_start_at,
    count(*) as hole_count,
    sum(missing_id_count)::bigint as hole_id_count,
    coalesce(sum(missing_id_count) filter (ends_in_hour), 0)::bigint as missing_id_count,
    -- in order: a sum of doubles depends on it
    sum(
        coalesce(missing_id_count * microseconds / nullif(hole_microseconds, 0), missing_id_count)
        order by starts_at, ends_at
    ) as missing_count,
    min(starts_at) as starts_at,
    max(ends_at) as ends_at,
from hours
group by venue, symbol, cell_start_at
