{{ config(window_column='cell_start_at', grain='5 minutes') }}

with bars as (
    select * from {{ ref('bars_5m') }}
    where {{ cells_read('5 minutes', '16 days') }}
),

returns as (
    select
        venue,
        symbol,
        {{ log_return(at_most='24 hours') }} as log_return,
        cell_start_at,
        cell_end_at,
        trade_day,
    from bars
    window by_symbol as (partition by venue, symbol order by cell_start_at)
),

-- An ordered list is summed in its order: the same bits whatever the window and the threads.
histories as (
    select
        *,
        list_reverse(coalesce(
            list(log_return * log_return) filter (where log_return is not null) over day_before, []
        )) as squares,
        [{{ volatility_decay() }} ** age for age in range(len(squares))] as weights,
    from returns
    where cell_start_at >= {{ first_cell('5 minutes') }} - interval 24 hours
    window day_before as (
        partition by venue, symbol order by cell_start_at
        range between interval 24 hours preceding and interval 5 minutes preceding
    )
),

closing as (
    select *
    from histories
    where cell_start_at >= {{ first_cell('5 minutes') }}
),

-- the cells within 15 minutes of the same time of day, on each of the 14 days before
samples as (
    select
        venue,
        symbol,
        cell_start_at,
        unnest(range(14 * 7)) as sample,
        sample // 7 + 1 as days_ago,
        cell_start_at - to_days(days_ago::integer) + to_minutes(5 * (sample % 7 - 3))
            as sampled_at,
    from closing
),

at_this_time as (
    select
        samples.venue,
        samples.symbol,
        samples.cell_start_at,
        median(abs(returns.log_return)) as usual_move,
        count(distinct samples.days_ago) as day_count,
    from samples
    inner join returns
        on
            samples.venue = returns.venue
            and samples.symbol = returns.symbol
            and samples.sampled_at = returns.cell_start_at
    where returns.log_return is not null
    group by samples.venue, samples.symbol, samples.cell_start_at
),

closing_days as (
    select distinct trade_day from closing
),

at_any_time as (
    select
        returns.venue,
        returns.symbol,
        closing_days.trade_day,
        median(abs(returns.log_return)) as usual_move,
    from closing_days
    inner join returns
        on
            closing_days.trade_day > returns.trade_day
            and closing_days.trade_day - 14 <= returns.trade_day
    group by returns.venue, returns.symbol, closing_days.trade_day
),

judged as (
    select
        closing.*,
        case
            when coalesce(at_this_time.day_count, 0) < {{ least_days_of_a_factor() }}
                then 'fewer than {{ least_days_of_a_factor() }} days'
            when coalesce(at_any_time.usual_move, 0) = 0 then 'price did not move'
        end as time_of_day_reason,
        at_this_time.usual_move / at_any_time.usual_move as time_of_day_ratio,
        sqrt(list_inner_product(squares, weights) / nullif(list_sum(weights), 0)) as sigma_5m,
    from closing
    left join at_this_time using (venue, symbol, cell_start_at)
    left join at_any_time using (venue, symbol, trade_day)
),

volatilities as (
    select
        venue,
        symbol,
        log_return,
        sigma_5m,
        len(squares) as return_count,
        case when time_of_day_reason is null then time_of_day_ratio else 1 end
            as time_of_day_factor,
        time_of_day_reason,
        sigma_5m * time_of_day_factor as sigma_scaled,
        cell_start_at,
        cell_end_at,
        trade_day,
    from judged
)

select * from volatilities
