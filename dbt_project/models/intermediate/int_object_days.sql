-- What the run's objects hold, by day: the ledger's rows, and how many of them lie in the window.
-- A row without a time lies in the window of every run that reads its object.
with counted as (
    select
        object_number,
        trade_day,
        count(*) as row_count,
        count_if(
            trade_day is null
            or (traded_at >= {{ window_start() }} and traded_at < {{ window_end() }})
        ) as window_row_count,
        min(venue) as venue,
        min(source_digest) as digest,
        min(source_file) as source_file,
        min(traded_at) as least_traded_at,
        max(traded_at) as greatest_traded_at,
    from {{ ref('int_trades_parsed') }}
    group by object_number, trade_day
)

select
    objects.object,
    counted.* exclude (object_number),
from counted
inner join {{ ref('base_landed_objects') }} as objects
    on counted.object_number = objects.object_number
