{{ config(materialized='ephemeral') }}

-- Log returns of five minutes, one a minute of each closing day, from the last price at either end.
-- They belong to five grids of five minutes. A day's first price is that of midnight, where a trade
-- of the hour before tells it, and its last one that of its last minute with a trade: of the time
-- beyond nothing is known.
with closes as (
    select
        venue,
        symbol,
        close,
        cell_start_at + interval '1 minute' as priced_at,
    from {{ ref('bars_1m') }}
    where {{ cells_read('1 day', '1 hour') }}
),

days as (
    select
        closes.venue,
        closes.symbol,
        midnights.midnight,
        greatest(min(closes.priced_at), midnights.midnight) as first_at,
        max(closes.priced_at) as last_at,
    from (
        select unnest(generate_series(
            {{ first_cell('1 day') }}, {{ last_cell('1 day') }} - interval '1 day', interval '1 day'
        )) as midnight
    ) as midnights
    inner join closes
        on
            closes.priced_at > midnights.midnight - interval '1 hour'
            and closes.priced_at <= midnights.midnight + interval '1 day'
    group by closes.venue, closes.symbol, midnights.midnight
    having max(closes.priced_at) > midnights.midnight
),

minutes as (
    select
        venue,
        symbol,
        midnight,
        unnest(generate_series(first_at, last_at, interval '1 minute')) as priced_at,
    from days
)

select
    minutes.venue,
    minutes.symbol,
    minutes.midnight::date as trade_day,
    minutes.priced_at,
    minute(minutes.priced_at) % 5 as grid,
    ln(closes.close / lag(closes.close, 5) over day) as log_return,
from minutes
asof inner join closes
    on
        minutes.venue = closes.venue
        and minutes.symbol = closes.symbol
        and minutes.priced_at >= closes.priced_at
window day as (
    partition by minutes.venue, minutes.symbol, minutes.midnight order by minutes.priced_at
)
