{{ config(window_column='cell_start_at', grain='5 seconds') }}

-- A rush order is a millisecond with at least two fills of buying takers: one buyer sweeping the book.
with cells as (
    select
        *,
        time_bucket(interval 1 minute, cell_start_at) as minute_start_at,
        sum(rush_order_count) over last_20s as rush_order_count_20s,
        sum(rush_notional) over last_60s as rush_notional_60s,
        sum(buyer_order_count) over last_3m as buyer_order_count_3m,
        sum(buyer_notional) over last_3m as buyer_notional_3m,
        sum(rush_notional) over last_3m as rush_notional_3m,
        sum(notional) over last_3m as notional_3m,
        last_value(close) over until_60s_before as recent_close,
        last_value(close) over until_3m_before as recent_close_3m,
    from {{ ref('bars_5s') }}
    where
        cell_start_at >= {{ first_cell('5 seconds') }} - interval 15 minutes
        and cell_start_at < {{ last_cell('5 seconds') }}
    window
        last_20s as (
            partition by venue, symbol order by cell_start_at
            range between interval 15 seconds preceding and current row
        ),
        last_60s as (
            partition by venue, symbol order by cell_start_at
            range between interval 55 seconds preceding and current row
        ),
        last_3m as (
            partition by venue, symbol order by cell_start_at
            range between interval 175 seconds preceding and current row
        ),
        until_60s_before as (
            partition by venue, symbol order by cell_start_at
            range between interval 15 minutes preceding and interval 60 seconds preceding
        ),
        until_3m_before as (
            partition by venue, symbol order by cell_start_at
            range between interval 15 minutes preceding and interval 3 minutes preceding
        )
),

baselines as (
    select
        * exclude (cell_start_at, cell_end_at, trade_day),
        cell_start_at as minute_start_at,
    from {{ ref('rush_baselines_1m') }}
    where
        cell_start_at > {{ first_cell('5 seconds') }} - interval 1 minute
        and cell_start_at < {{ last_cell('5 seconds') }}
),

surprises as (
    select
        venue,
        symbol,
        cells.high,
        cells.close,
        coalesce(cells.recent_close, baselines.close_15m_before) as close_60s_before,
        cells.rush_order_count_20s::bigint as rush_order_count_20s,
        cells.rush_notional_60s::decimal(38, 12) as rush_notional_60s,
        coalesce(cells.recent_close_3m, baselines.close_15m_before) as close_3m_before,
        cells.buyer_order_count_3m::bigint as buyer_order_count_3m,
        cells.buyer_notional_3m::decimal(38, 12) as buyer_notional_3m,
        cells.rush_notional_3m::decimal(38, 12) as rush_notional_3m,
        cells.notional_3m::decimal(38, 12) as notional_3m,
        cells.notional_usd::double / nullif(cells.notional, 0)::double as usd_per_quote,
        baselines.baseline_minutes,
        baselines.rush_order_count::double / (baselines.baseline_minutes * 60)
            as usual_rush_orders_per_second,
        baselines.buyer_order_count::double / (baselines.baseline_minutes * 60)
            as usual_buyer_orders_per_second,
        baselines.notional::double / baselines.baseline_minutes * 60 as usual_notional_per_hour,
        sqrt(baselines.squared_returns / baselines.baseline_minutes) as volatility_1m,
        cells.cell_start_at,
        cells.cell_end_at,
        cells.trade_day,
    from cells
    left join baselines using (venue, symbol, minute_start_at)
    where cells.cell_start_at >= {{ first_cell('5 seconds') }}
)

select * from surprises
