{{ config(window_column='cell_start_at', grain='5 minutes') }}

-- Where a round trip closed in the cell: those of the same accounts in the hour up to its end, and
-- how often the stretches of all others in the day up to it were round trips.
with cells as (
    select *
    from {{ ref('round_trips_5m') }}
    where {{ cells_read('5 minutes', '1435 minutes') }}
),

markets as (
    select
        venue,
        symbol,
        counterparty_id is null as is_one_sided,
        cell_start_at,
        sum(sum(stretch_count)) over last_day as market_stretch_count,
        sum(sum(round_trip_count)) over last_day as market_round_trip_count,
    from cells
    group by venue, symbol, counterparty_id is null, cell_start_at
    window last_day as (
        partition by venue, symbol, counterparty_id is null order by cell_start_at
        range between interval 1435 minutes preceding and current row
    )
),

volumes as (
    {{ market_hours() }}
),

accounts as (
    select
        *,
        counterparty_id is null as is_one_sided,
        round_trip_count > 0 and cell_start_at >= {{ first_cell('5 minutes') }} as is_due,
        sum(stretch_count) over last_hour as stretch_count_1h,
        sum(round_trip_count) over last_hour as round_trip_count_1h,
        sum(notional) over last_hour as notional_1h,
        max(largest_trip) over last_hour as largest_trip_1h,
        sum(stretch_count) over last_day as stretch_count_1d,
        sum(round_trip_count) over last_day as round_trip_count_1d,
    from cells
    window
        last_hour as (
            partition by venue, symbol, account_id, counterparty_id order by cell_start_at
            range between interval 55 minutes preceding and current row
        ),
        last_day as (
            partition by venue, symbol, account_id, counterparty_id order by cell_start_at
            range between interval 1435 minutes preceding and current row
        )
)

select
    venue,
    symbol,
    account_id,
    counterparty_id,
    stretch_count_1h::bigint as stretch_count,
    round_trip_count_1h::bigint as round_trip_count,
    notional_1h::double as notional,
    largest_trip_1h as largest_trip,
    usd_per_quote,
    market_notional::double as market_notional,
    (market_stretch_count - stretch_count_1d)::bigint as others_stretch_count,
    (market_round_trip_count - round_trip_count_1d)::bigint as others_round_trip_count,
    (stretch_count_1d - stretch_count_1h)::bigint as earlier_stretch_count,
    (round_trip_count_1d - round_trip_count_1h)::bigint as earlier_round_trip_count,
    cell_start_at,
    cell_end_at,
    trade_day,
from accounts
inner join markets using (venue, symbol, is_one_sided, cell_start_at)
inner join volumes using (venue, symbol, cell_start_at)
where is_due
