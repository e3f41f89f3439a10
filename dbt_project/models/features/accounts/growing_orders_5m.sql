{{ config(window_column='cell_start_at', grain='5 minutes') }}

-- Of an account with a growing stretch in the cell: its stretches of the hour up to the cell's end,
-- and of the day before, its own earlier ones and those of the market's other accounts.
with cells as (
    select *
    from {{ ref('order_growth_5m') }}
    where {{ cells_read('5 minutes', '1435 minutes') }}
),

markets as (
    select
        venue,
        symbol,
        cell_start_at,
        sum(sum(stretch_count)) over last_day as market_stretch_count,
        sum(sum(run_count)) over last_day as market_run_count,
        sum(sum(growth)) over last_day as market_growth,
    from cells
    group by venue, symbol, cell_start_at
    window last_day as (
        partition by venue, symbol order by cell_start_at
        range between interval 1435 minutes preceding and current row
    )
),

volumes as (
    {{ market_hours() }}
),

accounts as (
    select
        * exclude (cell_end_at, trade_day),
        run_count > 0 and cell_start_at >= {{ first_cell('5 minutes') }} as is_due,
        sum(stretch_count) over last_hour as stretch_count_1h,
        sum(run_count) over last_hour as run_count_1h,
        sum(growth) over last_hour as growth_1h,
        sum(run_notional) over last_hour as run_notional_1h,
        max(largest_run) over last_hour as largest_run_1h,
        sum(stretch_count) over last_day as stretch_count_1d,
        sum(run_count) over last_day as run_count_1d,
        sum(growth) over last_day as growth_1d,
    from cells
    window
        last_hour as (
            partition by venue, symbol, account_id order by cell_start_at
            range between interval 55 minutes preceding and current row
        ),
        last_day as (
            partition by venue, symbol, account_id order by cell_start_at
            range between interval 1435 minutes preceding and current row
        )
)

select
    venue,
    symbol,
    account_id,
    stretch_count_1h::bigint as stretch_count,
    run_count_1h::bigint as run_count,
    growth_1h / 1e6 as log_growth,
    largest_run_1h as largest_run,
    run_notional_1h::double as run_notional,
    usd_per_quote,
    market_notional::double as market_notional,
    (stretch_count_1d - stretch_count_1h)::bigint as earlier_stretch_count,
    (run_count_1d - run_count_1h)::bigint as earlier_run_count,
    (market_stretch_count - stretch_count_1d)::bigint as others_stretch_count,
    (market_run_count - run_count_1d)::bigint as others_run_count,
    (market_growth - growth_1d) / 1e6 as others_log_growth,
    cell_start_at,
    cell_start_at + interval '5 minutes' as cell_end_at,
    cell_start_at::date as trade_day,
from accounts
inner join markets using (venue, symbol, cell_start_at)
inner join volumes using (venue, symbol, cell_start_at)
where is_due
