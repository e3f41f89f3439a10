{{ config(materialized='ephemeral') }}

-- How far a symbol's prices moved in the hours of each closing day beside the money traded, and in
-- how many cells it traded. Sums go in order: one of doubles depends on it.
with cells as (
    select venue, symbol, trade_day, count(*) as covered_5m_bars,
    from {{ ref('price_volatility_5m') }}
    where cell_start_at >= {{ first_cell('1 day') }} and cell_start_at < {{ last_cell('1 day') }}
    group by venue, symbol, trade_day
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

select * from cells
left join impacts using (venue, symbol, trade_day)
