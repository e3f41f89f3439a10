{{ config(window_column='cell_start_at', grain='5 minutes') }}

-- How steadily the price moved over half an hour, beside its own volatility before and beside the
-- other symbols of the venue.
with minutes as (
    select
        *,
        {{ log_return(at_most='1 hour') }} as log_return,
    from {{ ref('bars_1m') }}
    where {{ cells_read('5 minutes', '2 hours') }}
    window by_symbol as (partition by venue, symbol order by cell_start_at)
),

cells as (
    select
        venue,
        symbol,
        arg_max(close, cell_start_at) as close,
        max(high) as high,
        sum(buyer_notional) as buyer_notional,
        sum(notional) as notional,
        {{ sum_or_null('notional_usd') }} as notional_usd,
        count(*) filter (where log_return > 0) as rising_minutes,
        count(*) filter (where log_return < 0) as falling_minutes,
        -- fixed point: sums of integers are the same in any order
        sum((abs(log_return) * 1e15)::hugeint) as path,
        time_bucket(interval 5 minutes, cell_start_at) as cell_start_at,
    from minutes
    group by venue, symbol, time_bucket(interval 5 minutes, cell_start_at)
),

volatilities as (
    select * from {{ ref('price_volatility_5m') }}
    where {{ cells_read('5 minutes', '2 hours') }}
),

runs as (
    select
        venue,
        symbol,
        cells.close,
        last_value(cells.close) over before_it as close_30m_before,
        max(cells.high) over before_it as high_before,
        last_value(nullif(volatilities.sigma_scaled, 0) ignore nulls) over before_it
            as volatility_5m,
        {% for name in [
            'buyer_notional', 'notional', 'rising_minutes', 'falling_minutes', 'path',
        ] %}
            sum(cells.{{ name }}) over half_hour as {{ name }},
        {% endfor %}
        cells.notional_usd::double / nullif(cells.notional, 0)::double as usd_per_quote,
        cell_start_at,
    from cells
    inner join volatilities using (venue, symbol, cell_start_at)
    window
        half_hour as (
            partition by venue, symbol order by cell_start_at
            range between interval 25 minutes preceding and current row
        ),
        before_it as (
            partition by venue, symbol order by cell_start_at
            range between interval 90 minutes preceding and interval 30 minutes preceding
        )
),

closing as (
    select
        venue,
        symbol,
        close,
        close_30m_before,
        high_before,
        ln(close / close_30m_before) as log_move,
        median(log_move) over at_this_time as usual_log_move,
        count(log_move) over at_this_time as market_count,
        path::double / 1e15 as path,
        rising_minutes::bigint as rising_minutes,
        falling_minutes::bigint as falling_minutes,
        buyer_notional::decimal(38, 12) as buyer_notional,
        notional::decimal(38, 12) as notional,
        usd_per_quote,
        volatility_5m,
        cell_start_at,
        cell_start_at + interval 5 minutes as cell_end_at,
        cell_start_at::date as trade_day,
    from runs
    where cell_start_at >= {{ first_cell('5 minutes') }}
    window at_this_time as (partition by venue, cell_start_at)
)

select * from closing
