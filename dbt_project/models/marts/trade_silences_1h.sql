{{ config(materialized='ephemeral') }}

-- The longest stretch without a trade inside each hour that has one, up to the hour's end and, for
-- a symbol's edge, from its start: `leading_seconds` is separate, for the hour may be the symbol's
-- first.
with seconds as (
    select
        venue,
        symbol,
        date_trunc('hour', cell_start_at) as hour_start_at,
        epoch(cell_start_at)::bigint as second,
    from {{ ref('bars_1s') }}
    where cell_start_at >= {{ first_cell('1 day') }} and cell_start_at < {{ last_cell('1 day') }}
),

stretches as (
    select
        venue,
        symbol,
        hour_start_at,
        second,
        second - 1 - lag(second) over (
            partition by venue, symbol, hour_start_at order by second
        ) as silent_seconds,
    from seconds
)

select
    venue,
    symbol,
    hour_start_at as cell_start_at,
    min(second) - epoch(hour_start_at)::bigint as leading_seconds,
    greatest(
        coalesce(max(silent_seconds), 0), epoch(hour_start_at)::bigint + 3599 - max(second)
    ) as other_seconds,
from stretches
group by venue, symbol, hour_start_at
