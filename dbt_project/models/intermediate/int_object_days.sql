-- The run's objects by day: the ledger's rows, and how many trades lie in the window.
-- A row without a time lies in the window of every run that reads its object.
with rows_of_objects as (
    select
        objects.object,
        nullif(landed.venue, 'unknown') as venue,
        landed.source_digest,
        landed.source_file,
        {{ time_in_object() }} as traded_at,
    from {{ ref('int_trades_landed') }} as landed
    inner join {{ ref('base_landed_objects') }} as objects on landed.filename = objects.filename
),

counted as (
    select
        object,
        traded_at::date as trade_day,
        min(venue) as venue,
        min(source_digest) as digest,
        min(source_file) as source_file,
        count(*) as row_count,
        count_if(
            traded_at is null
            or (traded_at >= {{ window_start() }} and traded_at < {{ window_end() }})
        ) as window_row_count,
        min(traded_at) as least_traded_at,
        max(traded_at) as greatest_traded_at,
    from rows_of_objects
    group by object, traded_at::date
)

select
    object,
    -- the same in all rows of an object
    min(venue) over by_object as venue,
    min(digest) over by_object as digest,
    min(source_file) over by_object as source_file,
    trade_day,
    row_count,
    window_row_count,
    least_traded_at,
    greatest_traded_at,
from counted
window by_object as (partition by object)
