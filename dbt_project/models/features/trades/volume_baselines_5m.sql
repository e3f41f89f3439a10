{{ config(window_column='cell_start_at', grain='5 minutes') }}

with bars as (
    select
        *,
        ln(notional::double) as log_notional,
        ln(trade_count) as log_trade_count,
    from {{ ref('bars_5m') }}
    where
        cell_start_at >= {{ first_cell('5 minutes') }} - interval 24 hours
        and cell_start_at < {{ last_cell('5 minutes') }}
        and notional > 0
),

trailing_day as (
    select
        *,
        count(*) over last_day as trailing_cell_count,
        median(log_notional) over last_day as trailing_log_notional_median,
        mad(log_notional) over last_day as trailing_log_notional_mad,
        median(log_trade_count) over last_day as trailing_log_trade_count_median,
        mad(log_trade_count) over last_day as trailing_log_trade_count_mad,
        (sum(trade_count) over last_day)::bigint / count(*) over last_day as trailing_trade_count_mean,
    from bars
    window last_day as (
        partition by venue, symbol order by cell_start_at
        range between interval 24 hours preceding and interval 5 minutes preceding
    )
),

cells as (
    select
        cells.venue,
        cells.symbol,
        cells.notional::double as notional,
        cells.notional_usd::double as notional_usd,
        cells.trade_count,
        coalesce(usual.trades_per_day, 0) as trades_per_day,
        usual.span_days,
        coalesce(usual.cell_count, 0) as time_of_day_cell_count,
        coalesce(usual.day_count, 0) as time_of_day_day_count,
        usual.log_notional_median as time_of_day_log_notional_median,
        usual.log_notional_mad as time_of_day_log_notional_mad,
        usual.log_trade_count_median as time_of_day_log_trade_count_median,
        usual.log_trade_count_mad as time_of_day_log_trade_count_mad,
        usual.trade_count_mean as time_of_day_trade_count_mean,
        cells.trailing_cell_count,
        cells.trailing_log_notional_median,
        cells.trailing_log_notional_mad,
        cells.trailing_log_trade_count_median,
        cells.trailing_log_trade_count_mad,
        cells.trailing_trade_count_mean,
        cells.cell_start_at,
        cells.cell_end_at,
        cells.trade_day,
    from trailing_day as cells
    left join {{ ref('time_of_day_baselines_5m') }} as usual
        on
            usual.venue = cells.venue
            and usual.symbol = cells.symbol
            and usual.cell_start_at = cells.cell_start_at
    where cells.cell_start_at >= {{ first_cell('5 minutes') }}
)

select * from cells
