-- What the run's objects hold, by day: the ledger's rows, and how many of them lie in the window.
-- A row without a time lies in the window of every run that reads its object.
with counted as (
    select
        object_number,
        traded_at::date as trade_day,
        count(*) as row_count,
        count_if(
            traded_at is null
            or (traded_at >= {{ window_start() }} and traded_at < {{ window_end() }})
        ) as window_row_count,
        min(traded_at) as least_traded_at,
        max(traded_at) as greatest_traded_at,
    from {{ ref('int_trades_keyed') }}
    group by object_number, traded_at::date
),

-- the same in all rows of an object
named as (
    select
        filename,
        min(venue) as venue,
        min(source_digest) as digest,
        coalesce(min(source_file), min(topic || '/' || partition)) as source_file,
    from {{ ref('base_trades') }}
    group by filename
)

select
    objects.object,
    named.venue,
    named.digest,
    named.source_file,
    counted.* exclude (object_number),
from counted
inner join {{ ref('base_landed_objects') }} as objects
    on counted.object_number = objects.object_number
inner join named on objects.filename = named.filename
