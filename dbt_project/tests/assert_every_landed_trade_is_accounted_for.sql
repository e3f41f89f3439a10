-- Rows of the window that landed but are neither accepted, nor dropped, nor quarantined with a
-- reason: lost rows. Counted by object, so that a failure names the place.
with landed as (
    select
        object as source,
        sum(window_row_count) as row_count,
    from {{ ref('int_object_days') }}
    group by object
    having sum(window_row_count) > 0
),

recorded as (
    select source from {{ ref('trades') }}
    where traded_at >= {{ window_start() }} and traded_at < {{ window_end() }}
    union all
    select source from {{ ref('dropped_trades') }}
    where traded_at >= {{ window_start() }} and traded_at < {{ window_end() }}
    union all
    select source from {{ ref('quarantined_trades') }}
    where
        (traded_at is null and source in (select landed.source from landed))
        or (traded_at >= {{ window_start() }} and traded_at < {{ window_end() }})
),

counted as (
    select
        source,
        count(*) as row_count,
    from recorded
    group by source
)

select
    coalesce(landed.source, counted.source) as source,
    landed.row_count as landed_count,
    counted.row_count as kept_count,
from landed
full join counted on landed.source = counted.source
where counted.row_count is distinct from landed.row_count
