{{ config(window_column='cell_start_at', grain='1 minute') }}

with bars as (
    select
        *,
        {{ log_return(at_most='60 minutes') }} as log_return,
        quantity::double as volume,
    from {{ ref('bars_1m') }}
    where {{ cells_read('1 minute', '2 hours') }}
    window by_symbol as (partition by venue, symbol order by cell_start_at)
),

-- An ordered list is summed in its order: the same bits whatever the window and the threads.
histories as (
    select
        *,
        list(close) over hour_before as closes,
        list(log_return) filter (where log_return is not null) over hour_before as log_returns,
        list(volume) over hour_before as volumes,
        list(log_return * log_return) filter (where log_return is not null)
            over last_10m as squares_10m,
        list(log_return * log_return) filter (where log_return is not null)
            over last_30m as squares_30m,
        list(log_return * log_return) filter (where log_return is not null)
            over last_60m as squares_60m,
        list(close) over last_5m as closes_5m,
        list(close) over last_20m as closes_20m,
        list(close) over last_60m as closes_60m,
        last_value(close) over until_10m_ago as close_10m_ago,
    from bars
    window
        hour_before as (
            partition by venue, symbol order by cell_start_at
            range between interval 60 minutes preceding and interval 1 minute preceding
        ),
        until_10m_ago as (
            partition by venue, symbol order by cell_start_at
            range between interval 70 minutes preceding and interval 10 minutes preceding
        ),
        last_5m as {{ minutes_up_to_now(5) }},
        last_10m as {{ minutes_up_to_now(10) }},
        last_20m as {{ minutes_up_to_now(20) }},
        last_30m as {{ minutes_up_to_now(30) }},
        last_60m as {{ minutes_up_to_now(60) }}
),

rolling as (
    select
        venue,
        symbol,
        close,
        log_return,
        volume,
        coalesce(len(closes), 0) as history_count,
        coalesce(len(log_returns), 0) as return_history_count,
        {{ z_score('close', 'closes') }} as price_z_score,
        {{ z_score('log_return', 'log_returns') }} as log_return_z_score,
        {{ z_score('volume', 'volumes') }} as volume_z_score,
        list_stddev_samp(closes) as rolling_price_std,
        list_stddev_samp(log_returns) as rolling_log_return_std,
        list_stddev_samp(volumes) as rolling_volume_std,
        sqrt(list_sum(squares_10m)) as realised_volatility_10m,
        sqrt(list_sum(squares_30m)) as realised_volatility_30m,
        sqrt(list_sum(squares_60m)) as realised_volatility_60m,
        close / close_10m_ago - 1 as momentum_10m,
        list_avg(closes_5m) as moving_average_5m,
        list_avg(closes_20m) as moving_average_20m,
        list_avg(closes_60m) as moving_average_60m,
        cell_start_at,
        cell_end_at,
        trade_day,
    from histories
    where cell_start_at >= {{ first_cell('1 minute') }}
)

select * from rolling
