{{ config(materialized='ephemeral') }}

-- The price moves of a symbol in each closing day, as returns of five minutes and of an hour. Few
-- rows per day, summed in order: a sum of doubles depends on the order.
with five_minutes as (
    select
        venue,
        symbol,
        trade_day,
        cell_start_at,
        log_return,
        -- a cell without a trade in between has the return 0, and so are both products
        case
            when
                cell_start_at - lag(cell_start_at) over (
                    partition by venue, symbol, trade_day order by cell_start_at
                ) = interval '5 minutes'
                then abs(log_return) * abs(lag(log_return) over (
                    partition by venue, symbol, trade_day order by cell_start_at
                ))
        end as neighbours,
    from {{ ref('price_volatility_5m') }}
    where cell_start_at >= {{ first_cell('1 day') }} and cell_start_at < {{ last_cell('1 day') }}
),

hours as (
    select
        venue,
        symbol,
        trade_day,
        cell_start_at,
        notional::double as notional,
        {{ log_return(at_most='24 hours') }} as log_return,
    from {{ ref('bars_1h') }}
    where {{ cells_read('1 day', '24 hours') }}
    window by_symbol as (partition by venue, symbol order by cell_start_at)
),

variances as (
    select
        venue,
        symbol,
        trade_day,
        count(*) as covered_5m_bars,
        sum(log_return ** 2 order by cell_start_at) as realised_variance,
        -- 288 returns a day have 287 pairs of neighbours
        case
            when realised_variance is not null
                then
                    pi() / 2 * 288 / 287
                    * coalesce(sum(neighbours order by cell_start_at), 0)
        end as bipower_variation,
    from five_minutes
    group by venue, symbol, trade_day
),

impacts as (
    select
        venue,
        symbol,
        trade_day,
        1e6 * avg(abs(log_return) / notional order by cell_start_at) as amihud,
    from hours
    where cell_start_at >= {{ first_cell('1 day') }}
    group by venue, symbol, trade_day
)

select * from variances
left join impacts using (venue, symbol, trade_day)
